//! Text in a box: how wide it is, how it is cut, and how it is escaped.
//!
//! - Widths are estimated for the widest of the usual fonts, since nobody knows which one the reader has.

/// A size of font in tenths of a pixel, times how much wider the weight is in per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Font {
    pub(super) tenths: u32,
    pub(super) per_cent: u32,
}

/// The first line of a box.
pub(super) const VALUE: Font = Font {
    tenths: 135,
    per_cent: 108,
};
/// The other lines.
pub(super) const SMALL: Font = Font {
    tenths: 115,
    per_cent: 100,
};
/// The heading of the picture.
pub(super) const TITLE: Font = Font {
    tenths: 180,
    per_cent: 108,
};

const ELLIPSIS: char = '…';

/// Thousandths of the font's size.
fn thousandths(character: char) -> u32 {
    match character {
        'i' | 'j' | 'l' | 'I' | '\'' | '|' => 320,
        '.' | ',' | ':' | ';' | '!' | ' ' | '·' | '/' => 345,
        '-' | '(' | ')' | '[' | ']' | 'f' | 't' => 400,
        'r' => 430,
        '_' | 's' | 'c' | 'z' | 'J' => 560,
        'm' | 'M' | 'W' | '@' | '%' | ELLIPSIS => 1_010,
        'w' | '+' | '=' | '<' | '>' | '&' => 840,
        'A'..='Z' => 740,
        '\u{300}'..='\u{36f}' => 0,
        '\u{0}'..='\u{2ff}' => 645,
        '\u{1100}'.. => 1_150,
        _ => 760,
    }
}

/// The width in pixels, rounded up.
pub(super) fn width(text: &str, font: Font) -> u32 {
    let sum: u32 = text.chars().map(thousandths).fold(0, u32::saturating_add);
    (u64::from(sum) * u64::from(font.tenths * font.per_cent))
        .div_ceil(1_000_000)
        .try_into()
        .unwrap_or(u32::MAX)
}

/// The text, or its beginning and its end, so that it fits: the end tells addresses and ids apart as well as the beginning.
pub(super) fn fitted(text: &str, font: Font, width_max: u32) -> String {
    if width(text, font) <= width_max {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    // A character is nowhere wider than the font's size by much: what cannot be shown need not be measured.
    let shown_max = usize::try_from(width_max).unwrap_or(usize::MAX);
    let mut kept = characters.len().min(shown_max);
    loop {
        let (head, tail) = (kept.div_ceil(5) * 3, kept - kept.min(kept.div_ceil(5) * 3));
        let head = head.min(kept);
        let cut: String = characters[..head]
            .iter()
            .chain([&ELLIPSIS])
            .chain(&characters[characters.len() - tail..])
            .collect();
        if kept == 0 || width(&cut, font) <= width_max {
            return cut;
        }
        kept -= 1;
    }
}

/// The text in lines, broken between words; the last line says when there is more.
pub(super) fn wrapped(text: &str, font: Font, width_max: u32, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(longer) if width(&longer, font) <= width_max => {
                if let Some(line) = lines.last_mut() {
                    *line = longer;
                }
            }
            _ if lines.len() < lines_max => lines.push(fitted(word, font, width_max)),
            _ => {
                if let Some(line) = lines.last_mut() {
                    *line = fitted(&format!("{line} {ELLIPSIS}"), font, width_max);
                }
                break;
            }
        }
    }
    lines
}

/// At most so many characters.
pub(super) fn clipped(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept = text.chars().take(characters_max);
    kept.chain([ELLIPSIS]).collect()
}

/// The text for the inside of an element or an attribute. What XML cannot hold, and what would turn the direction of
/// writing, becomes a replacement character.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_keep_their_beginning_and_their_end() {
        let long = "9f8e7d6c-aaaa-bbbb-cccc-0123456789ab";
        let cut = fitted(long, VALUE, 150);
        assert!(cut.starts_with("9f8e") && cut.ends_with("9ab"), "{cut}");
        assert!(width(&cut, VALUE) <= 150, "{cut}");
        assert_eq!(fitted("short", VALUE, 150), "short");
        for width_max in [0, 5, 20, 60] {
            let cut = fitted(&"ш".repeat(5_000), SMALL, width_max);
            assert!(cut.chars().count() < 12, "{cut}");
        }
    }

    #[test]
    fn words_are_wrapped_and_the_last_line_says_that_there_is_more() {
        let text = "the two sides go by different first names and this goes on and on";
        let lines = wrapped(text, SMALL, 150, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains('…'), "{lines:?}");
        assert!(lines.iter().all(|line| width(line, SMALL) <= 150));
        assert_eq!(wrapped("one line", SMALL, 150, 2), ["one line"]);
    }

    #[test]
    fn nothing_that_was_typed_is_markup() {
        let typed = "<script>&\"'\u{0}\u{202e}\u{ffff}\n</script>";
        let expected = "&lt;script&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}\u{fffd} &lt;/script&gt;";
        assert_eq!(escaped(typed), expected);
    }
}
