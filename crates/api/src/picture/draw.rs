//! A scene as SVG.

use super::layout::{Frame, Kind, LINE_HEIGHT, Line, Look, PADDING, Scene, Wire};
use super::text::escaped;

/// Colours with enough contrast on the picture's own ground, in light and in dark. Programs that do not know the question
/// for dark draw the light one.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1b2330}\
.ground{fill:#fff;stroke:#d5dbe3}\
.title{font-size:18px;font-weight:600}\
.heading{font-size:11.5px;font-weight:600;fill:#4f5d6e;letter-spacing:.02em}\
.value{font-size:13.5px;font-weight:600}\
.small{font-size:11.5px;fill:#4f5d6e}\
.weakest{font-size:11.5px;font-weight:600;fill:#a3430a}\
.reason{font-size:11.5px;fill:#a02732}\
.wire{fill:none;stroke:#8a98aa;stroke-linecap:round}\
.wire.weak{stroke:#c2570c}\
.wire.refused{stroke:#c04552;stroke-dasharray:5 5}\
rect{stroke-width:1.25}\
.person{fill:#e8f0fc;stroke:#4475b8}\
.number{fill:#e9f6ec;stroke:#3f8753}\
.device{fill:#fcf3e2;stroke:#a8762a}\
.browser{fill:#f3effa;stroke:#7b68a6}\
.apart{fill:none;stroke:#c04552;stroke-dasharray:5 4}\
rect.weak{stroke:#c2570c}\
@media(prefers-color-scheme:dark){\
text{fill:#e8edf4}\
.ground{fill:#141a22;stroke:#2c3642}\
.heading,.small{fill:#a9b7c8}\
.weakest{fill:#ffab70}\
.reason{fill:#ff9aa3}\
.wire{stroke:#71829a}\
.wire.weak{stroke:#f0883e}\
.wire.refused{stroke:#f0717c}\
.person{fill:#1b2c46;stroke:#6b9de0}\
.number{fill:#173224;stroke:#5fb27a}\
.device{fill:#362a14;stroke:#d0a153}\
.browser{fill:#2a2440;stroke:#a793d8}\
.apart{fill:none;stroke:#f0717c}\
rect.weak{stroke:#f0883e}}";

/// Where the first line of a box stands under its upper edge.
const FIRST_LINE: u32 = 22;

pub(super) fn draw(scene: &Scene) -> String {
    let mut svg = String::new();
    open(&mut svg, scene);
    for wire in &scene.wires {
        draw_wire(&mut svg, wire);
    }
    for frame in &scene.frames {
        draw_frame(&mut svg, frame);
    }
    for label in &scene.labels {
        write_line(&mut svg, label.x, label.y, &label.line);
    }
    svg.push_str("</svg>\n");
    svg
}

fn open(svg: &mut String, scene: &Scene) {
    let Scene {
        id, width, height, ..
    } = scene;
    svg.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"t-{id} d-{id}\">\n"
    ));
    svg.push_str(&format!(
        "<title id=\"t-{id}\">{}</title>\n",
        escaped(&scene.title)
    ));
    svg.push_str(&format!(
        "<desc id=\"d-{id}\">{}</desc>\n",
        escaped(&scene.description)
    ));
    svg.push_str(&format!("<style>{STYLE}</style>\n"));
    svg.push_str(&format!(
        "<rect class=\"ground\" x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n",
        width - 2,
        height - 2
    ));
}

fn draw_wire(svg: &mut String, wire: &Wire) {
    let class = match (wire.is_refused, wire.is_weakest) {
        (true, _) => "wire refused",
        (false, true) => "wire weak",
        (false, false) => "wire",
    };
    let (whole, tenth) = (wire.thickness / 10, wire.thickness % 10);
    svg.push_str(&format!(
        "<path class=\"{class}\" stroke-width=\"{whole}.{tenth}\" d=\"{}\"/>\n",
        wire.path
    ));
}

fn draw_frame(svg: &mut String, frame: &Frame) {
    let kind = match frame.kind {
        Kind::Person => "person",
        Kind::Number => "number",
        Kind::Device => "device",
        Kind::Browser => "browser",
        Kind::Apart => "apart",
    };
    let weak = if frame.is_weakest { " weak" } else { "" };
    let Frame {
        x,
        y,
        width,
        height,
        ..
    } = frame;
    svg.push_str(&format!("<g><title>{}</title>", escaped(&frame.title)));
    svg.push_str(&format!("<rect class=\"{kind}{weak}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"));
    let mut at = y + FIRST_LINE;
    for line in &frame.lines {
        write_line(svg, x + PADDING, at, line);
        at += LINE_HEIGHT;
    }
    svg.push_str("</g>\n");
}

fn write_line(svg: &mut String, x: u32, y: u32, line: &Line) {
    let class = match line.look {
        Look::Title => "title",
        Look::Heading => "heading",
        Look::Value => "value",
        Look::Small => "small",
        Look::Weakest => "weakest",
        Look::Reason => "reason",
    };
    let text = escaped(&line.text);
    svg.push_str(&format!(
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
    ));
}
