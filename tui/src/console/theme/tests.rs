use std::collections::HashSet;

use ratatui::style::{Color, Modifier};
use strum::IntoEnumIterator;

use super::{Background, Depth, Role, Theme};
use crate::console::core::settings::ThemeName;

/// The default colours and the 16 named ones of a terminal.
struct Palette {
    name: &'static str,
    background: u32,
    foreground: u32,
    colours: [u32; 16],
}

/// Palettes as terminals ship them, sorted by their background.
const DARK: [Palette; 7] = [
    Palette {
        name: "xterm",
        background: 0x00_0000,
        foreground: 0xe5_e5e5,
        colours: [
            0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f,
            0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
        ],
    },
    Palette {
        name: "VGA",
        background: 0x00_0000,
        foreground: 0xaa_aaaa,
        colours: [
            0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa, 0x55_5555,
            0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
        ],
    },
    Palette { name: "Solarized dark", background: 0x00_2b36, foreground: 0x83_9496, colours: SOLARIZED },
    Palette {
        name: "Gruvbox dark",
        background: 0x28_2828,
        foreground: 0xeb_dbb2,
        colours: [
            0x28_2828, 0xcc_241d, 0x98_971a, 0xd7_9921, 0x45_8588, 0xb1_6286, 0x68_9d6a, 0xa8_9984, 0x92_8374,
            0xfb_4934, 0xb8_bb26, 0xfa_bd2f, 0x83_a598, 0xd3_869b, 0x8e_c07c, 0xeb_dbb2,
        ],
    },
    Palette {
        name: "Dracula",
        background: 0x28_2a36,
        foreground: 0xf8_f8f2,
        colours: [
            0x21_222c, 0xff_5555, 0x50_fa7b, 0xf1_fa8c, 0xbd_93f9, 0xff_79c6, 0x8b_e9fd, 0xf8_f8f2, 0x62_72a4,
            0xff_6e6e, 0x69_ff94, 0xff_ffa5, 0xd6_acff, 0xff_92df, 0xa4_ffff, 0xff_ffff,
        ],
    },
    Palette {
        name: "Nord",
        background: 0x2e_3440,
        foreground: 0xd8_dee9,
        colours: [
            0x3b_4252, 0xbf_616a, 0xa3_be8c, 0xeb_cb8b, 0x81_a1c1, 0xb4_8ead, 0x88_c0d0, 0xe5_e9f0, 0x4c_566a,
            0xbf_616a, 0xa3_be8c, 0xeb_cb8b, 0x81_a1c1, 0xb4_8ead, 0x8f_bcbb, 0xec_eff4,
        ],
    },
    Palette {
        name: "One dark",
        background: 0x28_2c34,
        foreground: 0xab_b2bf,
        colours: [
            0x28_2c34, 0xe0_6c75, 0x98_c379, 0xe5_c07b, 0x61_afef, 0xc6_78dd, 0x56_b6c2, 0xab_b2bf, 0x5c_6370,
            0xe0_6c75, 0x98_c379, 0xe5_c07b, 0x61_afef, 0xc6_78dd, 0x56_b6c2, 0xff_ffff,
        ],
    },
];

const LIGHT: [Palette; 2] = [
    Palette { name: "Solarized light", background: 0xfd_f6e3, foreground: 0x65_7b83, colours: SOLARIZED },
    Palette {
        name: "Gruvbox light",
        background: 0xfb_f1c7,
        foreground: 0x3c_3836,
        colours: [
            0xfb_f1c7, 0xcc_241d, 0x98_971a, 0xd7_9921, 0x45_8588, 0xb1_6286, 0x68_9d6a, 0x7c_6f64, 0x92_8374,
            0x9d_0006, 0x79_740e, 0xb5_7614, 0x07_6678, 0x8f_3f71, 0x42_7b58, 0x3c_3836,
        ],
    },
];

const SOLARIZED: [u32; 16] = [
    0x07_3642, 0xdc_322f, 0x85_9900, 0xb5_8900, 0x26_8bd2, 0xd3_3682, 0x2a_a198, 0xee_e8d5, 0x00_2b36, 0xcb_4b16,
    0x58_6e75, 0x65_7b83, 0x83_9496, 0x6c_71c4, 0x93_a1a1, 0xfd_f6e3,
];

fn channels(rgb: u32) -> [u8; 3] {
    let [_, r, g, b] = rgb.to_be_bytes();
    [r, g, b]
}

/// The channels of a colour of the cube or the greys, which are the same in every terminal.
fn indexed(index: u8) -> [u8; 3] {
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let n = index.checked_sub(16).expect("a colour that no palette changes");
    [level(n / 36), level(n / 6 % 6), level(n % 6)]
}

fn shown(colour: Color, default: u32, palette: &Palette) -> [u8; 3] {
    if let Color::Indexed(index) = colour {
        indexed(index)
    } else if let Color::Rgb(r, g, b) = colour {
        [r, g, b]
    } else if colour == Color::Reset {
        channels(default)
    } else {
        assert_eq!(colour, Color::LightCyan, "no other name is measured");
        channels(palette.colours[14])
    }
}

/// The contrast of WCAG 2, from 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = |[r, g, b]: [u8; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

fn palettes(background: Background) -> &'static [Palette] {
    match background {
        Background::Dark => &DARK,
        Background::Light => &LIGHT,
    }
}

fn themes() -> impl Iterator<Item = (Theme, Background)> {
    ThemeName::iter().flat_map(|name| {
        let backgrounds: &[Background] = match name {
            ThemeName::Dark => &[Background::Dark],
            ThemeName::Light => &[Background::Light],
            ThemeName::HighContrast | ThemeName::ColourBlind | ThemeName::Mono => {
                &[Background::Dark, Background::Light]
            }
        };
        let depths = [Depth::Sixteen, Depth::Indexed, Depth::True];
        backgrounds
            .iter()
            .flat_map(move |background| depths.map(|depth| (Theme::new(name, *background, depth), *background)))
    })
}

#[test]
fn every_pair_of_colours_can_be_read_on_every_stock_palette() {
    for (theme, background) in themes() {
        for palette in palettes(background) {
            for role in Role::iter() {
                let style = theme.style(role);
                let (fg, bg) = (style.fg.unwrap_or(Color::Reset), style.bg.unwrap_or(Color::Reset));
                if (fg, bg) == (Color::Reset, Color::Reset) {
                    continue; // the contrast that the operator chose
                }
                let needed = match (theme.name(), role) {
                    (_, Role::Border) => 3.0,
                    (ThemeName::HighContrast, _) if theme.depth != Depth::Sixteen => 7.0,
                    _ => 4.5,
                };
                let fg = shown(fg, palette.foreground, palette);
                let bg = shown(bg, palette.background, palette);
                let contrast = contrast(fg, bg);
                assert!(contrast >= needed, "{:?} {role:?} on {}: {contrast:.2}", theme.name(), palette.name);
            }
        }
    }
}

#[test]
fn grey_of_the_palette_is_never_used() {
    for (theme, _) in themes() {
        for role in Role::iter() {
            let style = theme.style(role);
            assert!(style.fg != Some(Color::DarkGray) && style.bg != Some(Color::DarkGray), "{theme:?} {role:?}");
        }
    }
}

#[test]
fn titles_and_numbers_have_the_terminals_own_foreground() {
    for (theme, _) in themes().filter(|(theme, _)| theme.name() != ThemeName::HighContrast) {
        for role in [Role::Text, Role::Title, Role::Number] {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{theme:?} {role:?}");
        }
    }
}

#[test]
fn mono_sets_no_colour() {
    for (theme, _) in themes().filter(|(theme, _)| !theme.is_coloured()) {
        for role in Role::iter() {
            let style = theme.style(role);
            let is_plain = |colour: Option<Color>| colour.is_none_or(|colour| colour == Color::Reset);
            assert!(is_plain(style.fg) && is_plain(style.bg), "{role:?}");
        }
    }
}

#[test]
fn every_theme_tells_these_roles_apart() {
    let differ = [Role::Text, Role::Warning, Role::Bad, Role::Alarm, Role::Selected, Role::Stale];
    for (theme, _) in themes() {
        let styles: HashSet<_> = differ.iter().map(|role| theme.style(*role)).collect();
        assert_eq!(styles.len(), differ.len(), "{theme:?}");
    }
}

#[test]
fn a_change_of_theme_does_not_forget_the_background() {
    let light = Theme::new(ThemeName::Light, Background::Light, Depth::Indexed);
    let changed = light.with(ThemeName::Dark).with(ThemeName::HighContrast);
    assert_eq!(changed, Theme::new(ThemeName::HighContrast, Background::Light, Depth::Indexed));
}

#[test]
fn the_bar_of_the_cursor_is_seen_without_colours() {
    let style = Theme::new(ThemeName::Mono, Background::Dark, Depth::Sixteen).style(Role::Selected);
    assert!(style.add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn styles_of_every_theme() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for (theme, background) in themes().filter(|(theme, _)| theme.depth != Depth::Indexed) {
            let lines: Vec<_> = Role::iter().map(|role| format!("{role:?}: {:?}", theme.style(role))).collect();
            let name = format!("theme_{}_{background:?}_{:?}", theme.name().name(), theme.depth);
            insta::assert_snapshot!(name, lines.join("\n"));
        }
    });
}
