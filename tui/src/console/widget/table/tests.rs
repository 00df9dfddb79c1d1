use std::cell::RefCell;

use ratatui::style::{Color, Modifier};

use super::{Align, Canvas, Cell, Column, Rect, Role, Table, Thumb, Width, fitting};
use crate::console::core::settings::ThemeName;
use crate::console::glyph::{ASCII, UNICODE};
use crate::console::theme::{Background, Depth, Theme};
use crate::console::widget::testing::{THEME, draw, frame, lines};

const COLUMNS: [Column; 4] = [
    Column::left("S", Width::Fixed(2), 0),
    Column::left("ID", Width::Fixed(6), 0),
    Column::left("SOURCE", Width::Fill(8), 2),
    Column::right("RUN", Width::Fixed(5), 1),
];

fn row(number: usize) -> Vec<Cell<'static>> {
    vec![
        Cell::new("F✗", Role::Bad),
        Cell::text(format!("job-{number}")),
        Cell::label("https://shop.example/日本語/88123"),
        Cell::number("30.0s"),
    ]
}

fn table(canvas: &mut Canvas, area: Rect) {
    let table = Table {
        top: 3,
        cursor: Some(4),
        is_marked: &|row| row == 5,
        thumb: Some(Thumb::rows(3, 4, 100)),
        sorted: Some((1, true)),
        ..Table::new(&COLUMNS, 100)
    };
    table.draw(canvas, area, row);
}

#[test]
fn a_table_shows_its_cursor_marks_order_and_place() {
    insta::assert_snapshot!(draw(40, 5, table), @"
      S  ID▼    SOURCE                 RUN  
      F✗ job-3  https://shop.exampl… 30.0s █
    ▌ F✗ job-4  https://shop.exampl… 30.0s ░
     *F✗ job-5  https://shop.exampl… 30.0s ░
      F✗ job-6  https://shop.exampl… 30.0s ░
    ");
}

#[test]
fn the_least_important_columns_are_left_out_first() {
    for (room, shown) in [
        (60, vec![(0, 2), (1, 6), (2, 44), (3, 5)]),
        (24, vec![(0, 2), (1, 6), (2, 8), (3, 5)]),
        (23, vec![(0, 2), (1, 6), (3, 5)]),
        (14, vec![(0, 2), (1, 6)]),
        (3, vec![(0, 2), (1, 6)]),
    ] {
        assert_eq!(fitting(&COLUMNS, 0, room), shown, "{room}");
    }
    assert_eq!(fitting(&COLUMNS, 3, 60), [(0, 2), (1, 6), (3, 5)]);
}

#[test]
fn what_is_left_over_is_shared() {
    let fill = Column { title: "", width: Width::Fill(1), align: Align::Left, priority: 0 };
    assert_eq!(fitting(&[fill; 3], 0, 13), [(0, 4), (1, 4), (2, 3)]);
}

#[test]
fn only_rows_on_the_screen_are_formatted() {
    let asked = RefCell::new(Vec::new());
    draw(40, 5, |canvas, area| {
        let table = Table { top: 999_990, ..Table::new(&COLUMNS, 1_000_000) };
        table.draw(canvas, area, |number| {
            asked.borrow_mut().push(number);
            row(number)
        });
    });
    assert_eq!(asked.into_inner(), [999_990, 999_991, 999_992, 999_993]);
}

#[test]
fn the_bar_of_the_cursor_has_one_pair_of_colours_whatever_its_cells_say() {
    for theme in [THEME, Theme::new(ThemeName::Mono, Background::Dark, Depth::Sixteen)] {
        let (buffer, _) = frame(40, 5, theme, &UNICODE, table);
        let first = &buffer[(0, 2)];
        for x in 0..38 {
            let cell = &buffer[(x, 2)];
            assert_eq!((cell.fg, cell.bg), (first.fg, first.bg), "{x}");
            assert_eq!(cell.modifier.contains(Modifier::REVERSED), theme.name() == ThemeName::Mono, "{x}");
        }
        assert!(first.bg != Color::Reset || first.modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn cursor_and_marks_are_seen_in_ascii_without_colours() {
    let theme = Theme::new(ThemeName::Mono, Background::Dark, Depth::Sixteen);
    let (buffer, _) = frame(40, 5, theme, &ASCII, table);
    let starts: Vec<String> = lines(&buffer).lines().map(|line| line.chars().take(4).collect()).collect();
    assert_eq!(starts, ["  S ", "  Fx", "> Fx", " *Fx", "  Fx"]);
    assert!(lines(&buffer).is_ascii());
}

#[test]
fn no_size_panics() {
    for (width, height) in [(0, 0), (1, 1), (2, 2), (3, 9), (9, 1), (200, 60)] {
        draw(width, height, table);
    }
}
