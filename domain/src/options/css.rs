//! CSS as text, for checks that need no parser.

/// CSS with its escapes (CSS Syntax, 4.3.7) replaced by what they mean.
///
/// Comments stay: what looks like one may be a part of a string, and would hide what follows.
pub fn unescaped(css: &str) -> String {
    let mut plain = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let (mut code, mut digits) = (0, 0);
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)).filter(|_| digits < 6) {
            (code, digits) = (code * 16 + digit, digits + 1);
            chars.next();
        }
        if digits == 0 {
            plain.extend(chars.next());
        } else {
            plain.extend(char::from_u32(code));
            // A blank ends the escape, and the end of a line may be two characters.
            if chars.next_if(char::is_ascii_whitespace) == Some('\r') {
                let _line_feed = chars.next_if_eq(&'\n');
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn an_escape_is_what_it_means_and_a_comment_stays() {
        for (css, plain) in [
            (r"ur\6c(x)", "url(x)"),
            (r"\75 rl(x)", "url(x)"),
            ("\\75\r\nrl(x)", "url(x)"),
            (r"u\rl(x)", "url(x)"),
            (r"\000075rl(x)", "url(x)"),
            (r"\zurl(x)", "zurl(x)"),
            (r#"a { content: "/*" } b { c: url(x) }"#, r#"a { content: "/*" } b { c: url(x) }"#),
        ] {
            assert_eq!(unescaped(css), plain, "{css}");
        }
    }
}
