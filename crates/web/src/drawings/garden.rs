//! Under the page: the soil in which the seeds of the moon garden sleep. It is the footer's ground.

use std::fmt::Write;
use std::sync::LazyLock;

use maud::Markup;

use super::cut::{disc, drawing, ground, piece, sheet, unsteady};
use super::landscape::{bloom, grass};

/// A seed asleep: a drop of paper with closed eyes; the third one peeps.
fn seed(x: f32, y: f32, s: f32, n: u32) -> String {
    let tilt = unsteady(n, 1) * 14.0;
    let mut out = format!("<g transform=\"translate({x:.0} {y:.0}) rotate({tilt:.0}) scale({s:.2})\">");
    out += &sheet(
        "M0 -27C5 -19 18 -10 18 5C18 17 10 24 0 24C-10 24 -18 17 -18 5C-18 -10 -5 -19 0 -27Z",
        if n.is_multiple_of(2) { "c-seed" } else { "c-seed2" },
    );
    out += "<path class=\"fold\" d=\"M0 -27C5 -19 18 -10 18 5C18 17 10 24 0 24Z\"/>";
    out += "<path class=\"sleep\" d=\"M-10 4q4 4 7 0M3 4q4 4 7 0M-3 13q3 3 6 0\"/>";
    out += &piece(&disc(-10.0, 10.0, 3.2, 2.4, 1), "blush");
    out += &piece(&disc(10.0, 10.0, 3.2, 2.4, 2), "blush");
    if n == 3 {
        out += "<circle class=\"peep\" cx=\"6.5\" cy=\"3\" r=\"4.2\"/><circle class=\"pupil\" cx=\"7.4\" cy=\"3.4\" r=\"2\"/>";
    }
    out + "</g>"
}

static SOIL: LazyLock<Markup> = LazyLock::new(|| {
    let mut s = String::new();
    for i in 0..13u32 {
        let x = 40.0 + i as f32 * 126.0 + unsteady(17, i) * 40.0;
        s += &grass(x, 66.0, 26.0, "c-grass", 180 + i);
        if i % 2 == 0 {
            s += &bloom(
                x + 44.0,
                70.0,
                40.0 + unsteady(19, i) * 6.0,
                ["c-petal", "c-petal2", "c-petal3"][i as usize % 3],
                190 + i,
            );
        }
    }
    s += &sheet(
        &ground(
            &[(-20.0, 62.0), (260.0, 54.0), (560.0, 70.0), (880.0, 56.0), (1180.0, 68.0), (1620.0, 54.0)],
            260.0,
            1.6,
            46,
        ),
        "c-soil1",
    );
    for (i, x) in [120.0, 395.0, 700.0, 1010.0, 1290.0, 1490.0].into_iter().enumerate() {
        let mut root = String::new();
        let _ = write!(
            root,
            "M{x:.0} 60q{:.0} 20 {:.0} 38M{x:.0} 66q{:.0} 14 {:.0} 24",
            unsteady(5, i as u32) * 16.0,
            unsteady(6, i as u32) * 20.0,
            unsteady(7, i as u32) * 20.0,
            unsteady(8, i as u32) * 34.0
        );
        let _ = write!(s, "<path class=\"root\" d=\"{root}\"/>");
    }
    s += &sheet(
        &ground(
            &[(-20.0, 132.0), (340.0, 144.0), (720.0, 128.0), (1100.0, 146.0), (1620.0, 130.0)],
            260.0,
            1.6,
            47,
        ),
        "c-soil2",
    );
    for (i, (x, y, k)) in [
        (250.0, 112.0, 0.9),
        (318.0, 118.0, 0.74),
        (806.0, 108.0, 0.84),
        (868.0, 114.0, 0.94),
        (930.0, 112.0, 0.76),
        (1398.0, 114.0, 0.86),
    ]
    .into_iter()
    .enumerate()
    {
        s += &seed(x, y, k, i as u32);
    }
    drawing("soil", 1600, 190, "xMidYMin slice", &s)
});

/// Grass, roots and a row of sleeping seeds.
pub(crate) fn soil() -> Markup {
    SOIL.clone()
}
