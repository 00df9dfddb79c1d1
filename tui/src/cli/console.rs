//! The options of the console.

use clap::{Args, ValueEnum};
use ratatui_image::picker::{Picker, ProtocolType};

use crate::console::ThemeName;

/// The options of the console.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArgs {
    /// The console's colours: dark, light, high-contrast, colour-blind or mono [default: by the terminal's background;
    /// mono with `NO_COLOR`]
    #[arg(long, value_enum, value_name = "THEME", hide_possible_values = true)]
    pub(crate) theme: Option<ThemeName>,
    /// Draw the console with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
    /// How the console draws previews of results: auto, kitty, iterm2, sixel, characters or none
    #[arg(long, value_enum, value_name = "HOW", default_value_t, hide_possible_values = true)]
    pub(crate) image: ImageKind,
}

/// How previews are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImageKind {
    /// As well as the terminal can.
    #[default]
    Auto,
    /// By kitty's protocol.
    Kitty,
    /// By iTerm2's.
    Iterm2,
    /// As sixels.
    Sixel,
    /// With characters.
    Characters,
    /// Not at all.
    None,
}

impl ConsoleArgs {
    /// How pictures are drawn: with characters unless a protocol is named. A terminal that has not answered gets no
    /// bytes that it may not understand.
    pub(crate) fn picker(&self) -> Picker {
        let mut picker = Picker::halfblocks();
        picker.set_protocol_type(match self.image {
            ImageKind::Auto | ImageKind::Characters | ImageKind::None => ProtocolType::Halfblocks,
            ImageKind::Kitty => ProtocolType::Kitty,
            ImageKind::Iterm2 => ProtocolType::Iterm2,
            ImageKind::Sixel => ProtocolType::Sixel,
        });
        picker
    }
}
