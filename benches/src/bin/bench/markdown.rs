//! The report as Markdown.

use std::fmt::Write;

use crate::peers::{ETCD_PUT, POSTGRES_LOOKUP, POSTGRES_MERGE};
use crate::pictures::Picture;
use crate::prose;
use crate::results::{Outcome, Part, Results, Row, Spread};

/// The ratios that changes are judged by: a row, another contender and a description.
const RATIOS: [(&str, &str, &str); 8] = [
    (
        "lookup-hot",
        "constant bytes",
        "hot lookup / constant bytes",
    ),
    (
        "lookup-hot",
        POSTGRES_LOOKUP,
        "hot lookup / PostgreSQL join",
    ),
    (
        "mid-conversation",
        "constant bytes",
        "mid-conversation lookup, nine anchors / constant bytes",
    ),
    (
        "ingest-new-and-known-100",
        POSTGRES_MERGE,
        "batches of 100, new and known people / PostgreSQL resolve-and-merge",
    ),
    (
        "ingest-known-1",
        POSTGRES_MERGE,
        "single messages, 64 clients / PostgreSQL resolve-and-merge",
    ),
    (
        "ingest-known-one-client",
        "fdatasync",
        "one client, one message at a time / fdatasync",
    ),
    (
        "cluster-ingest-known-1",
        ETCD_PUT,
        "three nodes, single messages / etcd put",
    ),
    (
        "identity-resolve",
        crate::identity::HASH_MAP,
        "identity in memory / hash map of the same rows",
    ),
];

/// The whole report.
pub(crate) fn report(results: &Results, before: Option<&Results>, pictures: &[Picture]) -> String {
    let mut text = String::new();
    text.push_str(prose::OPENING);
    machine(&mut text, results, before);
    ratios(&mut text, results, before);
    for (part, heading, note) in prose::PARTS {
        let rows: Vec<&Row> = results.rows.iter().filter(|row| row.part == part).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = write!(text, "\n## {heading}\n\n{note}\n");
        for picture in pictures.iter().filter(|picture| picture.part == part) {
            let _ = write!(
                text,
                "\n![{}](pictures/{})\n",
                picture.alternative, picture.file
            );
        }
        table(&mut text, part, &rows, before);
    }
    text.push_str(prose::READING);
    text
}

fn pairs(text: &mut String, heads: [&str; 2], pairs: &[(String, String)]) {
    let _ = write!(text, "\n| {} | {} |\n|---|---|\n", heads[0], heads[1]);
    for (name, value) in pairs {
        let _ = writeln!(text, "| {name} | {} |", value.replace('|', "/"));
    }
}

fn machine(text: &mut String, results: &Results, before: Option<&Results>) {
    let machine = &results.machine;
    let gib = machine.memory_bytes as f64 / (1_u64 << 30) as f64;
    let mut facts = vec![
        ("command".to_owned(), format!("`{}`", results.command)),
        ("commit".to_owned(), results.commit.clone()),
        ("date".to_owned(), results.date.clone()),
        (
            "processor".to_owned(),
            format!("{}, {} cores", machine.processor, machine.cores),
        ),
        ("memory".to_owned(), format!("{gib:.1} GiB")),
        ("kernel".to_owned(), machine.kernel.clone()),
        ("disk".to_owned(), results.disk.clone()),
        (
            "size".to_owned(),
            format!(
                "{} profiles; {} rounds of {} s for each contender; {:.0} minutes in all",
                grouped(results.profiles as f64),
                results.rounds,
                results.seconds,
                results.minutes
            ),
        ),
    ];
    facts.extend(results.versions.iter().cloned());
    if let Some(before) = before {
        facts.push((
            "before".to_owned(),
            format!("commit {}, {}", before.commit, before.date),
        ));
    }
    text.push_str("\n## Machine and versions\n");
    pairs(text, ["", ""], &facts);
    text.push_str("\n## Rows, bytes, caches and settings\n");
    let sizes: Vec<(String, String)> = results
        .sizes
        .iter()
        .map(|(name, value)| {
            let number = value.parse::<u64>().map(|number| grouped(number as f64));
            (name.clone(), number.unwrap_or_else(|_| value.clone()))
        })
        .collect();
    pairs(text, ["size", ""], &sizes);
    pairs(text, ["settings", ""], &results.settings);
}

fn ratios(text: &mut String, results: &Results, before: Option<&Results>) {
    let of = |results: &Results, id: &str, other: &str| {
        let row = results.rows.iter().find(|row| row.id == id)?;
        row.ratio(other)
    };
    text.push_str("\n## Ratios\n\n| what | ratio | lowest and highest round |");
    text.push_str(if before.is_some() {
        " before | factor |\n"
    } else {
        "\n"
    });
    text.push_str("|---|---|---|");
    text.push_str(if before.is_some() { "---|---|\n" } else { "\n" });
    for (id, other, what) in RATIOS {
        let found = of(results, id, other);
        let cell = found.map_or("–".to_owned(), |ratio| {
            format!("**{}**", digits(ratio.median))
        });
        let range = found.map_or("–".to_owned(), range);
        let _ = write!(text, "| {what} | {cell} | {range} |");
        if let Some(before) = before {
            let earlier = of(before, id, other);
            let cell = earlier.map_or("–".to_owned(), |ratio| digits(ratio.median));
            let factor = found
                .zip(earlier)
                .map(|(now, then)| now.median / then.median);
            let factor = factor.map_or("–".to_owned(), |factor| format!("{factor:.2}"));
            let _ = write!(text, " {cell} | {factor} |");
        }
        text.push('\n');
    }
}

fn table(text: &mut String, part: Part, rows: &[&Row], before: Option<&Results>) {
    let unit = match part {
        Part::Floors => "rate",
        _ => "node",
    };
    let has_others = rows.iter().any(|row| !row.others.is_empty());
    let mut heads = vec!["what", "clients", unit, "p50", "p99", "p99.9"];
    if before.is_some() {
        heads.extend(["before", "factor"]);
    }
    if has_others {
        heads.push("node / other (rate of the other)");
    }
    let _ = write!(
        text,
        "\n| {} |\n|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for row in rows {
        let mut cells = vec![row.title.clone(), row.connections.to_string()];
        match &row.node {
            Outcome::Missing { missing } => {
                cells.push(format!("missing: {missing}"));
                cells.extend(["–", "–", "–"].map(str::to_owned));
            }
            Outcome::Measured(series) => {
                cells.push(format!(
                    "{} {}{}",
                    rate(series.rate),
                    row.unit,
                    failures(&row.node)
                ));
                let times = [series.p50_us, series.p99_us, series.p99_9_us];
                cells.extend(times.map(duration));
            }
        }
        if let Some(before) = before {
            cells.extend(factor(row, before));
        }
        if has_others {
            let others: Vec<String> = row.others.iter().map(other).collect();
            cells.push(others.join("<br>"));
        }
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// The rate of an earlier run, and the factor since.
fn factor(row: &Row, before: &Results) -> [String; 2] {
    let earlier = before.rows.iter().find(|one| one.id == row.id);
    let earlier = earlier.and_then(|one| one.node.series());
    let nothing = || "–".to_owned();
    match (row.node.series(), earlier) {
        (Some(now), Some(then)) if then.rate.median > 0.0 => [
            grouped(then.rate.median),
            format!("{:.2}", now.rate.median / then.rate.median),
        ],
        (_, Some(then)) => [grouped(then.rate.median), nothing()],
        _ => [nothing(), nothing()],
    }
}

fn other(other: &crate::results::Other) -> String {
    match (&other.outcome, other.ratio) {
        (Outcome::Missing { missing }, _) => format!("{}: missing ({missing})", other.name),
        (Outcome::Measured(series), Some(ratio)) => format!(
            "**{}** [{}] {} ({}){}",
            digits(ratio.median),
            range(ratio),
            other.name,
            grouped(series.rate.median),
            failures(&other.outcome)
        ),
        (Outcome::Measured(_), None) => {
            format!("{}: no ratio{}", other.name, failures(&other.outcome))
        }
    }
}

fn failures(outcome: &Outcome) -> String {
    let errors = outcome
        .series()
        .map(|series| series.errors.as_slice())
        .unwrap_or_default();
    match errors.is_empty() {
        true => String::new(),
        false => format!(" (failed: {})", errors.join(", ")),
    }
}

fn range(spread: Spread) -> String {
    format!("{}–{}", digits(spread.min), digits(spread.max))
}

fn rate(spread: Spread) -> String {
    format!(
        "**{}** [{}–{}]",
        grouped(spread.median),
        grouped(spread.min),
        grouped(spread.max)
    )
}

/// Three significant digits.
fn digits(number: f64) -> String {
    match number {
        _ if number >= 100.0 => format!("{number:.0}"),
        _ if number >= 10.0 => format!("{number:.1}"),
        _ if number >= 1.0 => format!("{number:.2}"),
        _ if number >= 0.0995 => format!("{number:.3}"),
        _ => format!("{number:.4}"),
    }
}

/// `1234567.8` as `1,234,568`.
fn grouped(number: f64) -> String {
    let text = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn duration(micros: f64) -> String {
    match micros {
        _ if micros <= 0.0 => "–".to_owned(),
        _ if micros < 10.0 => format!("{micros:.1} µs"),
        _ if micros < 1e3 => format!("{micros:.0} µs"),
        _ if micros < 1e6 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_made_readable() {
        assert_eq!(grouped(1_234_567.8), "1,234,568");
        assert_eq!(
            [0.01234, 0.102, 1.5, 12.34, 123.4].map(digits),
            ["0.0123", "0.102", "1.50", "12.3", "123"]
        );
        assert_eq!(
            [0.0, 2.55, 123.0, 1_500.0, 2e6].map(duration),
            ["–", "2.5 µs", "123 µs", "1.50 ms", "2.00 s"]
        );
    }
}
