//! The sky and the hills that every page stands on.

use std::fmt::Write;
use std::sync::LazyLock;

use maud::{Markup, PreEscaped};

use super::cut::{cloud, disc, drawing, fine, ground, piece, polygon, sheet, snipped, star, unsteady};

/// A leafy tree with a fold down its middle.
pub(super) fn tree(x: f32, y: f32, h: f32, class: &str, seed: u32) -> String {
    let r = h * 0.27;
    let crown: Vec<_> = snipped(
        &[
            (x, y - h),
            (x + r * 0.9, y - h * 0.62),
            (x + r * 0.86, y - h * 0.30),
            (x, y - h * 0.16),
            (x - r * 0.86, y - h * 0.30),
            (x - r * 0.9, y - h * 0.62),
            (x, y - h),
        ],
        h * 0.12,
        h * 0.012,
        seed,
    );
    let half =
        polygon(&[(x, y - h), (x + r * 0.9, y - h * 0.62), (x + r * 0.86, y - h * 0.30), (x, y - h * 0.16)]);
    let trunk = fine(&[
        (x - h * 0.025, y),
        (x - h * 0.014, y - h * 0.5),
        (x + h * 0.014, y - h * 0.5),
        (x + h * 0.03, y),
    ]);
    format!("{}{}{}", piece(&trunk, "c-trunk"), sheet(&fine(&crown), class), piece(&half, "fold"))
}

/// A fir of three stacked cuts.
pub(super) fn fir(x: f32, y: f32, h: f32, class: &str) -> String {
    let mut out = String::new();
    for (low, high, wide) in [(0.06, 0.52, 0.25), (0.30, 0.78, 0.19), (0.56, 1.0, 0.13)] {
        let outline = fine(&[
            (x - h * wide, y - h * low),
            (x, y - h * high),
            (x + h * wide, y - h * low + 2.0),
            (x, y - h * (low + 0.035)),
        ]);
        out += &sheet(&outline, class);
        out += &piece(
            &fine(&[(x, y - h * high), (x + h * wide, y - h * low + 2.0), (x, y - h * (low + 0.035))]),
            "fold",
        );
    }
    out
}

/// A small house with a gable and a lit window.
fn house(x: f32, y: f32, w: f32, seed: u32) -> String {
    let h = w * (0.78 + unsteady(seed, 1) * 0.12);
    let wall = fine(&[(x, y + 8.0), (x + 1.5, y - h), (x + w, y - h - 1.0), (x + w - 1.0, y + 8.0)]);
    let roof =
        fine(&[(x - w * 0.12, y - h + 2.0), (x + w * 0.48, y - h * 1.72), (x + w * 1.13, y - h + 1.0)]);
    let chimney = fine(&[
        (x + w * 0.72, y - h * 1.1),
        (x + w * 0.72, y - h * 1.72),
        (x + w * 0.88, y - h * 1.74),
        (x + w * 0.88, y - h * 1.0),
    ]);
    let (wx, wy, ws) = (x + w * 0.30, y - h * 0.74, w * 0.38);
    format!(
        "{}{}{}<path class=\"c-glow lamp\" d=\"M{wx:.1} {wy:.1}h{ws:.1}v{ws:.1}h-{ws:.1}Z\"/>\
         <path class=\"frame\" d=\"M{:.1} {wy:.1}v{ws:.1}M{wx:.1} {:.1}h{ws:.1}\"/>",
        piece(&chimney, "c-roof-dark"),
        sheet(&wall, "c-wall"),
        sheet(&roof, "c-roof"),
        wx + ws / 2.0,
        wy + ws / 2.0,
    )
}

/// A bloom of the moon garden on its stem.
pub(super) fn bloom(x: f32, y: f32, h: f32, class: &str, seed: u32) -> String {
    let lean = unsteady(seed, 3) * h * 0.16;
    let (hx, hy, r) = (x + lean, y - h, h * 0.2);
    let mut out = format!(
        "<path class=\"stem\" d=\"M{x:.1} {y:.1}Q{:.1} {:.1} {hx:.1} {hy:.1}\"/>",
        x - lean * 0.3,
        y - h * 0.55
    );
    let leaf = fine(&[
        (x + lean * 0.2, y - h * 0.26),
        (x + h * 0.16, y - h * 0.44),
        (x + h * 0.27, y - h * 0.38),
        (x + h * 0.16, y - h * 0.26),
    ]);
    out += &piece(&leaf, "c-leaf");
    for i in 0..6 {
        let angle = std::f32::consts::TAU * (i as f32 / 6.0) + unsteady(seed, 7) * 0.5;
        out += &piece(
            &disc(hx + angle.cos() * r * 0.8, hy + angle.sin() * r * 0.8, r * 0.56, r * 0.56, seed + i),
            class,
        );
    }
    out += &piece(&disc(hx, hy, r * 0.46, r * 0.46, seed + 11), "c-glow");
    out
}

/// A tuft of grass.
pub(super) fn grass(x: f32, y: f32, h: f32, class: &str, seed: u32) -> String {
    let mut points = vec![(x - h * 0.5, y + 3.0)];
    for i in 0..5u32 {
        let bx = x - h * 0.4 + i as f32 * h * 0.2;
        points.push((bx + unsteady(seed, i) * h * 0.3, y - h * (0.7 + 0.3 * unsteady(seed, i + 9))));
        points.push((bx + h * 0.1, y - h * 0.08));
    }
    points.push((x + h * 0.6, y + 3.0));
    piece(&fine(&points), class)
}

fn stars(count: u32, [left, top, width, height]: [f32; 4], seed: u32) -> String {
    let mut out = String::from("<g class=\"stars\">");
    for i in 0..count {
        let x = left + (unsteady(seed, i * 3) + 1.0) * width / 2.0;
        let y = top + (unsteady(seed, i * 3 + 1) + 1.0) * height / 2.0;
        let r = 3.2 + (unsteady(seed, i * 3 + 2) + 1.0) * 3.0;
        let _ = write!(out, "<path class=\"c-star tw{}\" d=\"{}\"/>", i % 3, star(x, y, r, seed + i));
    }
    out + "</g>"
}

/// The moon by night, a pale sun by day, with its three rings of glow paper.
fn moon(cx: f32, cy: f32, r: f32) -> String {
    format!(
        "<g class=\"moon\">{}{}{}<g class=\"craters\">{}{}{}</g></g>",
        piece(&disc(cx, cy, r * 1.75, r * 1.75, 3), "c-halo2"),
        piece(&disc(cx, cy, r * 1.36, r * 1.36, 4), "c-halo1"),
        sheet(&disc(cx, cy, r, r, 5), "c-moon"),
        piece(&disc(cx - r * 0.36, cy - r * 0.2, r * 0.19, r * 0.17, 6), "c-crater"),
        piece(&disc(cx + r * 0.24, cy + r * 0.34, r * 0.25, r * 0.22, 7), "c-crater"),
        piece(&disc(cx + r * 0.32, cy - r * 0.38, r * 0.11, r * 0.1, 8), "c-crater"),
    )
}

static LANDSCAPE: LazyLock<Markup> = LazyLock::new(|| {
    let mut s = stars(34, [0.0, 222.0, 1600.0, 110.0], 21);
    s += &moon(672.0, 268.0, 64.0);
    s += "<g class=\"drift\">";
    s += &sheet(&cloud(318.0, 318.0, 170.0, 31), "c-cloud");
    s += &sheet(&cloud(742.0, 330.0, 150.0, 33), "c-cloud");
    s += &sheet(&cloud(1420.0, 300.0, 190.0, 32), "c-cloud");
    s += "</g>";
    // far
    s += &sheet(
        &ground(
            &[
                (-20.0, 352.0),
                (160.0, 300.0),
                (420.0, 372.0),
                (700.0, 296.0),
                (960.0, 368.0),
                (1240.0, 300.0),
                (1620.0, 366.0),
            ],
            620.0,
            2.4,
            41,
        ),
        "c-hill1",
    );
    for (x, y, h) in [
        (250.0, 330.0, 60.0),
        (292.0, 340.0, 46.0),
        (770.0, 312.0, 54.0),
        (806.0, 322.0, 70.0),
        (1330.0, 318.0, 62.0),
        (1372.0, 326.0, 44.0),
    ] {
        s += &fir(x, y, h, "c-tree1");
    }
    // middle, with the sleeping village
    s += &sheet(
        &ground(
            &[
                (-20.0, 420.0),
                (220.0, 396.0),
                (520.0, 446.0),
                (800.0, 420.0),
                (1080.0, 388.0),
                (1340.0, 424.0),
                (1620.0, 390.0),
            ],
            620.0,
            2.4,
            42,
        ),
        "c-hill2",
    );
    for (x, y, w, n) in [
        (1004.0, 398.0, 46.0, 1),
        (1066.0, 392.0, 56.0, 2),
        (1142.0, 396.0, 42.0, 3),
        (150.0, 402.0, 48.0, 4),
        (214.0, 400.0, 40.0, 5),
    ] {
        s += &house(x, y, w, n);
    }
    for (x, y, h, n) in [
        (96.0, 412.0, 92.0, 51),
        (292.0, 410.0, 80.0, 52),
        (960.0, 410.0, 96.0, 53),
        (1216.0, 408.0, 84.0, 54),
        (1500.0, 412.0, 110.0, 55),
    ] {
        s += &tree(x, y, h, "c-tree2", n);
    }
    // near
    s += &sheet(
        &ground(
            &[
                (-20.0, 452.0),
                (180.0, 486.0),
                (460.0, 510.0),
                (760.0, 492.0),
                (1060.0, 512.0),
                (1360.0, 478.0),
                (1620.0, 498.0),
            ],
            620.0,
            2.4,
            43,
        ),
        "c-hill3",
    );
    for (x, y, h, n) in [(40.0, 476.0, 150.0, 61), (1548.0, 500.0, 168.0, 63)] {
        s += &tree(x, y, h, "c-tree3", n);
    }
    for i in 0..15u32 {
        let x = 60.0 + i as f32 * 106.0 + unsteady(77, i) * 34.0;
        let y = 520.0 + unsteady(78, i) * 8.0;
        s += &grass(x + 36.0, y + 2.0, 24.0, "c-grass", 80 + i);
        let class = ["c-petal", "c-petal2", "c-petal3"][i as usize % 3];
        s += &bloom(x, y + 6.0, 62.0 + unsteady(79, i) * 18.0, class, 90 + i);
    }
    drawing("landscape", 1600, 560, "xMidYMax slice", &s)
});

/// The wide landscape of the front page.
pub(crate) fn landscape() -> Markup {
    LANDSCAPE.clone()
}

static STRIP: LazyLock<Markup> = LazyLock::new(|| {
    let mut s = stars(14, [1010.0, 0.0, 570.0, 104.0], 22);
    s += &moon(1330.0, 84.0, 40.0);
    s += "<g class=\"drift\">";
    s += &sheet(&cloud(1090.0, 96.0, 150.0, 31), "c-cloud");
    s += "</g>";
    s += &sheet(
        &ground(
            &[
                (-20.0, 150.0),
                (240.0, 112.0),
                (560.0, 160.0),
                (900.0, 118.0),
                (1240.0, 150.0),
                (1620.0, 116.0),
            ],
            280.0,
            2.2,
            44,
        ),
        "c-hill1",
    );
    for (x, y, h) in [(986.0, 130.0, 50.0), (1022.0, 136.0, 38.0)] {
        s += &fir(x, y, h, "c-tree1");
    }
    s += &sheet(
        &ground(
            &[
                (-20.0, 186.0),
                (300.0, 170.0),
                (680.0, 200.0),
                (1060.0, 172.0),
                (1400.0, 192.0),
                (1620.0, 166.0),
            ],
            280.0,
            2.2,
            45,
        ),
        "c-hill2",
    );
    for (x, y, w, n) in [(1130.0, 178.0, 40.0, 2), (1184.0, 184.0, 32.0, 3)] {
        s += &house(x, y, w, n);
    }
    for (x, y, h, n) in [(1092.0, 182.0, 66.0, 55), (1470.0, 184.0, 84.0, 56), (120.0, 184.0, 70.0, 57)] {
        s += &tree(x, y, h, "c-tree2", n);
    }
    drawing("strip", 1600, 230, "xMidYMax slice", &s)
});

/// The low strip of hills behind the head of every other page.
pub(crate) fn strip() -> Markup {
    STRIP.clone()
}

/// The upper edge of the next sheet of the page, cut by hand; `class` gives its colour.
pub(crate) fn edge(class: &str, seed: u32) -> Markup {
    let through: Vec<_> =
        (0..=8).map(|i| (i as f32 * 205.0 - 20.0, 24.0 + unsteady(seed, i) * 13.0)).collect();
    let outline = ground(&through, 60.0, 1.6, seed + 5);
    PreEscaped(drawing(&format!("edge {class}"), 1600, 56, "none", &sheet(&outline, "c-edge")).into_string())
}
