//! Reads a table out of a Markdown document: some documents are promises that tests keep.

/// The rows below the heading `heading`, each as its trimmed cells, without header and rule.
pub fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let below = document
        .lines()
        .skip_while(|line| line.trim() != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let rows = below.filter(|line| line.starts_with('|'));
    rows.skip(2).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_matches('|');
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}
