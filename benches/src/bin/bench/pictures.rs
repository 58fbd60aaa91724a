//! The plots of the report, as SVG.

use std::path::Path;

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;

use crate::peers::POSTGRES_MERGE;
use crate::results::{Outcome, Part, Results, Row, Series};

/// A picture that was drawn.
pub(crate) struct Picture {
    pub(crate) part: Part,
    pub(crate) file: &'static str,
    pub(crate) alternative: &'static str,
}

const SIZE: (u32, u32) = (860, 400);
const FONT: (&str, u32) = ("sans-serif", 13);
const TITLE: (&str, u32) = ("sans-serif", 17);
const BATCHES: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];
const COLOURS: [RGBColor; 4] = [
    RGBColor(27, 94, 153),
    RGBColor(150, 150, 150),
    RGBColor(196, 78, 43),
    RGBColor(74, 140, 79),
];

/// Pixels at the right of a chart.
const LEGEND_WIDTH: i32 = 190;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), String>;

fn failed(error: impl std::fmt::Display) -> String {
    format!("cannot draw: {error}")
}

/// Draws all pictures for which there are rows.
pub(crate) fn draw(folder: &Path, results: &Results) -> Result<Vec<Picture>, String> {
    let mut pictures = Vec::new();
    let lookups: Vec<&Row> = results
        .rows
        .iter()
        .filter(|row| row.part == Part::Lookups && row.unit == "lookups/s")
        .collect();
    if !lookups.is_empty() {
        let picture = Picture {
            part: Part::Lookups,
            file: "benchmarks-lookups.svg",
            alternative: "Lookups per second of the node beside constant bytes, Redis and PostgreSQL",
        };
        bars(&folder.join(picture.file), &lookups)?;
        pictures.push(picture);
    }
    let lines = ingest_lines(results);
    if !lines.is_empty() {
        let picture = Picture {
            part: Part::Ingest,
            file: "benchmarks-ingest.svg",
            alternative: "Messages per second by batch size, node beside PostgreSQL",
        };
        let labels = ("batch size", "messages per second");
        chart(
            &folder.join(picture.file),
            "Durable ingest",
            labels,
            &lines,
            &grouped,
        )?;
        pictures.push(picture);
    }
    let tails = tail_lines(results);
    if !tails.is_empty() {
        let picture = Picture {
            part: Part::Rates,
            file: "benchmarks-latency.svg",
            alternative: "Latency by quantile, up to one in ten thousand requests",
        };
        let labels = ("one request in", "milliseconds");
        chart(
            &folder.join(picture.file),
            "Tail of latency",
            labels,
            &tails,
            &plain,
        )?;
        pictures.push(picture);
    }
    Ok(pictures)
}

/// A line of a chart.
struct Line {
    name: String,
    colour: RGBColor,
    /// A thin line: a peer or a floor.
    thin: bool,
    points: Vec<(f64, f64)>,
}

impl Line {
    fn style(&self) -> ShapeStyle {
        self.colour.stroke_width(if self.thin { 1 } else { 3 })
    }
}

fn rate_of(outcome: &Outcome) -> Option<f64> {
    outcome.series().map(|series| series.rate.median)
}

fn ingest_lines(results: &Results) -> Vec<Line> {
    let mut lines = Vec::new();
    let kinds = [
        "ingest-new",
        "ingest-known",
        "ingest-merge",
        "ingest-omnichannel",
    ];
    for (kind, colour) in kinds.into_iter().zip(COLOURS) {
        let points = |of: &dyn Fn(&Row) -> Option<f64>| {
            let rows = BATCHES.into_iter().filter_map(|batch| {
                let id = format!("{kind}-{batch}");
                let row = results.rows.iter().find(|row| row.id == id)?;
                // A logarithmic axis has no zero.
                Some((batch, of(row).filter(|rate| *rate > 0.0)?))
            });
            rows.collect::<Vec<_>>()
        };
        let node = points(&|row| rate_of(&row.node));
        let peer = points(&|row| {
            let other = row.others.iter().find(|other| other.name == POSTGRES_MERGE);
            rate_of(&other?.outcome)
        });
        for (name, thin, points) in [("node", false, node), ("PostgreSQL", true, peer)] {
            if !points.is_empty() {
                lines.push(Line {
                    name: format!("{} {name}", kind.trim_start_matches("ingest-")),
                    colour,
                    thin,
                    points,
                });
            }
        }
    }
    lines
}

fn tail_lines(results: &Results) -> Vec<Line> {
    let points = |series: &Series| {
        let shown = series
            .points
            .iter()
            .filter(|(quantile, micros)| *quantile < 0.99995 && *micros > 0.0);
        shown
            .map(|(quantile, micros)| (1.0 / (1.0 - quantile), micros / 1e3))
            .collect::<Vec<_>>()
    };
    let mut lines = Vec::new();
    let rows = [
        ("rate-lookup-hot", "lookup, fixed rate"),
        ("lookup-hot", "lookup, full speed"),
        ("rate-ingest-known", "message, fixed rate"),
    ];
    let colours = [COLOURS[0], COLOURS[3], COLOURS[2]];
    for ((id, name), colour) in rows.into_iter().zip(colours) {
        let row = results.rows.iter().find(|row| row.id == id);
        if let Some(series) = row.and_then(|row| row.node.series()) {
            lines.push(Line {
                name: name.to_owned(),
                colour,
                thin: false,
                points: points(series),
            });
        }
        let floor = row
            .and_then(|row| row.others.first())
            .filter(|_| id == "rate-lookup-hot");
        if let Some(series) = floor.and_then(|other| other.outcome.series()) {
            lines.push(Line {
                name: "constant bytes, fixed rate".to_owned(),
                colour: COLOURS[1],
                thin: true,
                points: points(series),
            });
        }
    }
    lines
}

/// Lines over logarithmic axes.
fn chart(
    path: &Path,
    title: &str,
    (x_label, y_label): (&str, &str),
    lines: &[Line],
    y_format: &dyn Fn(&f64) -> String,
) -> Drawn {
    let all = || lines.iter().flat_map(|line| line.points.iter().copied());
    let range = |of: fn((f64, f64)) -> f64| {
        let low = all().map(of).fold(f64::INFINITY, f64::min);
        let high = all().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low * 0.8)..(high * 1.3)
    };
    let (x, y) = (range(|point| point.0), range(|point| point.1));
    if !(x.start > 0.0 && y.start > 0.0 && x.end.is_finite() && y.end.is_finite()) {
        return Err(failed("there are no positive values"));
    }
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, TITLE)
        .margin(12)
        .margin_right(LEGEND_WIDTH)
        .x_label_area_size(42)
        .y_label_area_size(72)
        .build_cartesian_2d(x.log_scale(), y.log_scale())
        .map_err(failed)?;
    mesh(&mut chart, x_label, y_label, y_format)?;
    for line in lines {
        let style = line.style();
        let series = LineSeries::new(line.points.iter().copied(), style);
        chart.draw_series(series).map_err(failed)?;
        let radius = if line.thin { 2 } else { 3 };
        let dot = |point: &(f64, f64)| Circle::new(*point, radius, line.colour.filled());
        chart
            .draw_series(line.points.iter().map(dot))
            .map_err(failed)?;
    }
    legend(&area, lines)?;
    area.present().map_err(failed)
}

/// The names of the lines, right of the chart where no line runs.
fn legend(area: &Area<'_>, lines: &[Line]) -> Drawn {
    let left = i32::try_from(SIZE.0).unwrap_or(0) - LEGEND_WIDTH + 8;
    for (index, line) in (0..).zip(lines) {
        let y = 60 + index * 22;
        let sample = PathElement::new(vec![(left, y), (left + 24, y)], line.style());
        area.draw(&sample).map_err(failed)?;
        let name = Text::new(line.name.clone(), (left + 32, y - 7), FONT);
        area.draw(&name).map_err(failed)?;
    }
    Ok(())
}

fn mesh<'c, 'p, X, Y>(
    chart: &mut ChartContext<'c, SVGBackend<'p>, Cartesian2d<X, Y>>,
    x_label: &str,
    y_label: &str,
    y_format: &dyn Fn(&f64) -> String,
) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .x_desc(x_label)
        .y_desc(y_label)
        .label_style(FONT)
        .light_line_style(RGBColor(240, 240, 240))
        .bold_line_style(RGBColor(215, 215, 215))
        .x_label_formatter(&grouped)
        .y_label_formatter(y_format)
        .y_labels(8)
        .draw()
        .map_err(failed)
}

/// Horizontal bars: a group for each row, a bar for each contender.
fn bars(path: &Path, rows: &[&Row]) -> Drawn {
    const BAR: i32 = 14;
    const GAP: i32 = 16;
    const LEFT: i32 = 210;
    const WIDTH: i32 = 500;
    let contenders = |row: &Row| {
        let node = std::iter::once(("node".to_owned(), rate_of(&row.node)));
        let others = row
            .others
            .iter()
            .map(|other| (other.name.clone(), rate_of(&other.outcome)));
        let all = node
            .chain(others)
            .filter_map(|(name, rate)| Some((name, rate?)));
        all.collect::<Vec<_>>()
    };
    let groups: Vec<(&Row, Vec<(String, f64)>)> =
        rows.iter().map(|row| (*row, contenders(row))).collect();
    let highest = groups
        .iter()
        .flat_map(|(_, all)| all)
        .map(|one| one.1)
        .fold(1.0, f64::max);
    let count: i32 = groups
        .iter()
        .map(|(_, all)| i32::try_from(all.len()).unwrap_or(0))
        .sum();
    let height = 44 + count * BAR + i32::try_from(groups.len()).unwrap_or(0) * GAP;
    let size = (SIZE.0, u32::try_from(height).unwrap_or(SIZE.1));
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let text =
        |words: String, at: (i32, i32), size: i32| Text::new(words, at, ("sans-serif", size));
    area.draw(&text(
        "Lookups per second, 16 connections".into(),
        (12, 10),
        17,
    ))
    .map_err(failed)?;
    let mut y = 40;
    for (row, all) in groups {
        area.draw(&text(row.id.clone(), (12, y), 13))
            .map_err(failed)?;
        for (name, rate) in all {
            let place = ["node", "constant bytes", "PostgreSQL join", "Redis GET"];
            let colour = COLOURS[place.iter().position(|one| *one == name).unwrap_or(0)];
            let width = ((rate / highest) * f64::from(WIDTH)) as i32;
            let bar = Rectangle::new(
                [(LEFT, y), (LEFT + width.max(1), y + BAR - 3)],
                colour.filled(),
            );
            area.draw(&bar).map_err(failed)?;
            let label = format!("{} {name}", grouped(&rate));
            // The longest bar leaves room for its label.
            let at = (LEFT + width + 5, y + 1);
            area.draw(&text(label, at, 11)).map_err(failed)?;
            y += BAR;
        }
        y += GAP;
    }
    area.present().map_err(failed)
}

fn grouped(number: &f64) -> String {
    match *number {
        number if number >= 1e6 => format!("{:.1} M", number / 1e6),
        number if number >= 1e4 => format!("{:.0} k", number / 1e3),
        number if number >= 1e3 => format!("{:.1} k", number / 1e3),
        number => format!("{number:.0}"),
    }
}

fn plain(number: &f64) -> String {
    match *number {
        number if number >= 1.0 => format!("{number:.0}"),
        number if number >= 0.1 => format!("{number:.1}"),
        number => format!("{number:.2}"),
    }
}
