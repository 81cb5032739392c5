//! The stage: the frame, the curtain and the footlights round a picture of 16 to 9.

use std::fmt::Write;
use std::sync::LazyLock;

use maud::{Markup, PreEscaped, html};

use super::cut::{disc, drawing, fine, piece, sheet, star, unsteady};

// The opening of the stage inside a drawing of 1600 x 1000. The style sheet places the picture with
// the same figures.
const LEFT: f32 = 104.0;
const RIGHT: f32 = 1496.0;
const TOP: f32 = 108.0;
const BOTTOM: f32 = 891.0;

/// A drape, drawn for the left side: folds that are gathered by a cord and fall to the floor.
fn drape() -> String {
    let mut out = String::new();
    // The fold nearest to the middle is cut first, so that each lies over the one beside it.
    for i in (0..6u32).rev() {
        let top = 40.0 + i as f32 * 62.0;
        let waist = 44.0 + i as f32 * 15.0;
        let foot = 40.0 + i as f32 * 29.0 + unsteady(12, i) * 6.0;
        let outline = format!(
            "M20 40H{:.0}C{:.0} 320 {:.0} 470 {:.0} 600C{:.0} 720 {:.0} 820 {:.0} {:.0}L20 940Z",
            top + 40.0,
            top + 34.0,
            waist + 96.0,
            waist + 42.0,
            waist + 56.0,
            foot + 40.0,
            foot + 44.0,
            930.0 + unsteady(13, i) * 8.0
        );
        out += &sheet(&outline, if i % 2 == 0 { "c-curtain" } else { "c-curtain2" });
    }
    out += &sheet(&fine(&[(14.0, 580.0), (132.0, 596.0), (136.0, 622.0), (14.0, 612.0)]), "c-gold");
    out += &piece(&disc(128.0, 640.0, 12.0, 24.0, 3), "c-gold2");
    out
}

/// The pelmet: a row of scallops with a golden hem.
fn pelmet() -> String {
    let mut out = String::new();
    for i in 0..9u32 {
        let x = 30.0 + i as f32 * 171.0;
        let low = 150.0 + unsteady(14, i) * 4.0;
        let scallop = |drop: f32| {
            format!(
                "M{:.0} 26H{:.0}V{:.0}C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}Z",
                x - 2.0,
                x + 174.0,
                84.0 + drop,
                x + 140.0,
                low + drop,
                x + 32.0,
                low + drop,
                x - 2.0,
                84.0 + drop
            )
        };
        out += &sheet(&scallop(12.0), "c-gold");
        out += &piece(&scallop(0.0), if i % 2 == 0 { "c-curtain" } else { "c-curtain2" });
    }
    out
}

/// One sheet with a window in it: left, right, top, bottom of the window; foot of the sheet.
fn frame([left, right, top, bottom]: [f32; 4], foot: f32) -> String {
    let mut out = String::new();
    let window = format!("M{left} {top}V{bottom}H{right}V{top}Z");
    let outer = format!("M6 12L1594 6L1590 {foot}L12 {}Z", foot + 4.0);
    let _ = write!(
        out,
        "<path class=\"sh\" fill-rule=\"evenodd\" d=\"{outer}{window}\"/><path class=\"c-frame cut\" fill-rule=\"evenodd\" d=\"{outer}{window}\"/>"
    );
    let _ = write!(
        out,
        "<path class=\"frame-line\" d=\"M{0} {0}L{1} {2}L{3} {4}L{5} {6}Z\"/>",
        left / 2.0,
        1600.0 - left / 2.0,
        left / 2.0 - 3.0,
        1597.0 - left / 2.0,
        foot - left / 2.0 + 8.0,
        left / 2.0 + 3.0,
        foot - left / 2.0 + 10.0
    );
    out
}

fn footlights() -> String {
    let mut out = sheet("M-10 902L1612 896L1606 990L-4 996Z", "c-floor");
    out += &piece("M-10 902L1612 896L1611 910L-9 916Z", "c-floor2");
    for i in 0..9 {
        let x = 160.0 + i as f32 * 160.0;
        let _ = write!(
            out,
            "<path class=\"c-glow lamp\" d=\"M{:.0} 934a36 34 0 0 1 72 0Z\"/><path class=\"c-gold2\" d=\"M{:.0} 932h88l-6 16h-76Z\"/>",
            x - 36.0,
            x - 44.0
        );
    }
    out
}

static CURTAINED: LazyLock<String> = LazyLock::new(|| {
    let drape = drape();
    let mut s = frame([LEFT, RIGHT, TOP, BOTTOM], 960.0);
    let _ = write!(s, "<g class=\"drape left\">{drape}</g>");
    let _ =
        write!(s, "<g transform=\"translate(1600 0) scale(-1 1)\"><g class=\"drape right\">{drape}</g></g>");
    s += &pelmet();
    s += &piece(&star(800.0, 84.0, 40.0, 4), "c-gold");
    s += &footlights();
    drawing("house", 1600, 1000, "none", &s).into_string()
});

/// A picture on the stage, the curtain drawn aside and the footlights lit.
pub(crate) fn theatre(picture: Markup) -> Markup {
    html! {
        div.theatre { div.screen { (picture) } (PreEscaped(&*CURTAINED)) }
    }
}

static HOUSE: LazyLock<String> = LazyLock::new(|| {
    let mut s = frame([56.0, 1544.0, 66.0, 903.0], 948.0);
    s += &piece(&star(800.0, 34.0, 25.0, 4), "c-gold");
    drawing("house", 1600, 960, "none", &s).into_string()
});

/// The frame alone, for a picture of which nothing may be covered.
pub(crate) fn house_frame(picture: Markup) -> Markup {
    html! {
        div.theatre.bare { div.screen { (picture) } (PreEscaped(&*HOUSE)) }
    }
}
