//! Capabilities: the responses of the terminal, put together.

use ratatui_image::FontSize;
use ratatui_image::picker::{Picker, ProtocolType};

use super::decode::Response;
use crate::console::theme::Background;

/// The terminal, as far as it is known. It is asked once, after the first frame, and not waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::console) struct Capabilities {
    /// The background.
    pub(in crate::console) background: Option<Background>,
    /// The width and height of a cell in pixels.
    pub(in crate::console) cell: Option<(u16, u16)>,
    /// Whether it understands kitty's graphics.
    pub(in crate::console) has_kitty: bool,
    /// Whether it understands sixels.
    pub(in crate::console) has_sixels: bool,
    /// Whether it has said everything that it will say.
    pub(in crate::console) is_complete: bool,
}

impl Capabilities {
    /// Adds a response.
    pub(super) fn add(&mut self, response: &Response) {
        match *response {
            Response::Background(background) => self.background = Some(background),
            Response::CellSize(width, height) => self.cell = Some((width, height)),
            Response::Graphics(is_supported) => self.has_kitty = is_supported,
            Response::Attributes { has_sixels } => {
                self.has_sixels = has_sixels;
                self.is_complete = true;
            }
        }
    }

    /// How pictures are drawn. Until the terminal has responded, with characters.
    #[expect(deprecated, reason = "the other constructors ask the terminal themselves, and wait for it")]
    pub(in crate::console) fn picker(&self) -> Picker {
        let Some((width, height)) = self.cell.filter(|_| self.is_complete) else { return Picker::halfblocks() };
        let mut picker = Picker::from_fontsize(FontSize::new(width, height));
        if self.has_kitty {
            picker.set_protocol_type(ProtocolType::Kitty);
        } else if self.has_sixels && picker.protocol_type() == ProtocolType::Halfblocks {
            picker.set_protocol_type(ProtocolType::Sixel);
        }
        picker
    }
}

/// The queries. Every terminal responds to the last one, so nothing is outstanding after that.
pub(super) fn query(is_tmux: bool) -> String {
    // tmux passes graphics on only if it is told to.
    let graphics = if is_tmux { "" } else { "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" };
    format!("\x1b]11;?\x1b\\\x1b[16t{graphics}\x1b[c")
}

#[cfg(test)]
mod tests {
    use ratatui_image::picker::ProtocolType;

    use super::Capabilities;

    #[test]
    fn pictures_are_drawn_with_characters_until_the_terminal_has_responded() {
        let complete =
            Capabilities { cell: Some((8, 16)), has_kitty: true, is_complete: true, ..Capabilities::default() };
        let waiting = Capabilities { is_complete: false, ..complete };
        let without_cell = Capabilities { cell: None, ..complete };

        assert_eq!(complete.picker().protocol_type(), ProtocolType::Kitty);
        assert_eq!(waiting.picker().protocol_type(), ProtocolType::Halfblocks);
        assert_eq!(without_cell.picker().protocol_type(), ProtocolType::Halfblocks);
    }
}
