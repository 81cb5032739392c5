//! Small drawings: the logo, the three steps, the sealed envelope, a lost snail.

use std::fmt::Write;

use maud::Markup;

use super::cut::{disc, drawing, fine, piece, sheet, star};
use super::landscape::bloom;

/// A moon behind a curtain: the sign of the house.
pub(crate) fn logo() -> Markup {
    let mut s = piece(&disc(32.0, 32.0, 29.0, 29.0, 2), "c-night");
    s += &piece(&disc(36.0, 28.0, 15.0, 15.0, 5), "c-moon");
    s += &piece(&star(17.0, 20.0, 4.6, 3), "c-moon");
    s += &piece("M3 36C14 30 22 40 33 38S52 33 61 37A29 29 0 0 1 3 36Z", "c-curtain");
    s += &piece("M8 48C20 42 30 50 40 48S54 46 56 49A29 29 0 0 1 8 48Z", "c-curtain2");
    drawing("logo", 64, 64, "xMidYMid meet", &s)
}

/// A speech bubble cut from paper: the messenger.
pub(crate) fn bubble() -> Markup {
    let mut s = piece(
        "M9 14C9 8 14 6 32 6S56 8 56 15V34C56 41 51 44 36 44L21 57C22 51 22 47 21 44C12 43 8 40 8 33Z",
        "c-white",
    );
    for x in [21.0, 32.0, 43.0] {
        s += &piece(&disc(x, 25.0, 3.6, 3.6, 1), "c-night");
    }
    drawing("bubble", 64, 64, "xMidYMid meet", &s)
}

/// Step one: playbills on a wall.
pub(crate) fn playbill() -> Markup {
    let mut s = String::new();
    s += "<g transform=\"rotate(-7 80 100)\">";
    s += &sheet("M28 34L120 30L124 158L32 162Z", "c-sheet2");
    s += &sheet(&disc(76.0, 78.0, 24.0, 24.0, 3), "c-moon");
    s += &piece("M32 120C52 96 84 130 123 104L124 158L32 162Z", "c-hill3");
    s += "</g><g transform=\"rotate(6 160 100)\">";
    s += &sheet("M106 42L204 40L206 176L108 178Z", "c-night");
    s += &piece(&star(130.0, 66.0, 7.0, 1), "c-moon");
    s += &piece(&star(182.0, 58.0, 5.0, 2), "c-moon");
    s += &piece(&star(160.0, 84.0, 4.0, 3), "c-moon");
    s += &sheet("M122 140L192 138C190 158 178 164 158 164S126 160 122 140Z", "c-curtain");
    s += &sheet("M156 136L157 78L190 132Z", "c-sheet");
    s += &piece("M108 160C126 148 136 166 156 158S188 152 206 160L206 176L108 178Z", "c-wave");
    s += "</g>";
    drawing("step", 240, 200, "xMidYMid meet", &s)
}

/// Step two: a portrait cut out of a photo.
pub(crate) fn photo_and_scissors() -> Markup {
    let mut s = String::from("<g transform=\"rotate(-4 110 100)\">");
    s += &sheet("M36 26L186 22L190 172L40 176Z", "c-sheet");
    s += &piece("M48 38L176 35L178 146L50 149Z", "c-photo");
    // paper rim, hair, face
    s += &sheet(
        "M114 50C146 48 158 76 154 100C151 128 136 142 114 142S78 128 75 102C71 74 84 52 114 50Z",
        "c-white",
    );
    s += &piece(
        "M114 57C140 55 151 78 148 98C146 104 142 96 140 88C122 90 98 84 90 76C86 88 84 100 81 100C76 78 88 58 114 57Z",
        "c-hair",
    );
    s += &piece(
        "M90 76C98 84 122 90 140 88C144 118 134 135 114 135S84 118 84 96C86 88 88 82 90 76Z",
        "c-face",
    );
    s += "<circle class=\"ink\" cx=\"101\" cy=\"102\" r=\"3.4\"/><circle class=\"ink\" cx=\"127\" cy=\"102\" r=\"3.4\"/><path class=\"sleep dark\" d=\"M104 117q10 9 20 0\"/>";
    s += "<circle class=\"blush\" cx=\"94\" cy=\"113\" r=\"5\"/><circle class=\"blush\" cx=\"134\" cy=\"113\" r=\"5\"/>";
    let _ = write!(
        s,
        "<path class=\"dashes\" d=\"M114 44C150 42 165 74 160 102C157 132 140 149 114 149S72 132 69 104C64 72 80 46 114 44Z\"/>"
    );
    s += "</g><g transform=\"translate(168 128) rotate(-28)\">";
    s += &sheet("M-4 -6L-70 -16L-66 -8L2 6Z", "c-steel");
    s += &sheet("M-4 6L-70 14L-66 6L2 -6Z", "c-steel2");
    s += "<path class=\"loop\" d=\"M2 -4C16 -22 44 -20 42 -8S14 6 2 2ZM2 4C16 22 44 22 42 10S14 -4 2 -2Z\"/><circle class=\"ink\" cx=\"-4\" cy=\"0\" r=\"2.6\"/></g>";
    drawing("step", 240, 200, "xMidYMid meet", &s)
}

/// Step three: a family of three on a sofa before the screen.
pub(crate) fn sofa() -> Markup {
    let mut s = String::new();
    s += &sheet("M52 14L188 12L190 92L50 94Z", "c-night");
    s += &piece(&disc(150.0, 40.0, 14.0, 14.0, 4), "c-moon");
    s += &piece("M50 76C80 58 110 84 140 70S180 66 190 72L190 92L50 94Z", "c-hill3");
    s += &bloom(92.0, 86.0, 34.0, "c-petal", 5);
    s += &bloom(118.0, 88.0, 26.0, "c-petal3", 6);
    for (x, y, r, class) in
        [(82.0, 126.0, 17.0, "c-hair"), (158.0, 124.0, 18.0, "c-hair2"), (121.0, 136.0, 13.0, "c-hair3")]
    {
        s += &sheet(&disc(x, y, r, r * 1.06, 9), class);
    }
    s += &sheet("M30 142C36 130 204 128 210 142L216 192L24 193Z", "c-curtain");
    s += &piece("M120 133L122 192L24 193L30 142C33 136 80 133 120 133Z", "fold light");
    s += &sheet("M14 138C24 130 42 134 42 146L44 193L16 194Z", "c-curtain2");
    s += &sheet("M226 138C216 130 198 134 198 146L196 193L224 194Z", "c-curtain2");
    drawing("step", 240, 200, "xMidYMid meet", &s)
}

/// The promise: an envelope closed with a seal that has a keyhole.
pub(crate) fn envelope() -> Markup {
    let mut s = String::from("<g transform=\"rotate(-5 150 120)\">");
    s += &sheet("M30 62L268 56L274 206L34 210Z", "c-sheet");
    s += &piece("M34 210L138 128L152 140L168 127L274 206Z", "c-sheet2");
    s += &sheet("M30 62L268 56L158 148C152 152 148 152 142 148Z", "c-sheet3");
    s += &sheet(&disc(151.0, 142.0, 31.0, 31.0, 8), "c-curtain");
    s += &piece(&disc(151.0, 142.0, 23.0, 23.0, 9), "c-curtain2");
    s += "<path class=\"c-moon\" d=\"M151 127a8 8 0 0 1 5 14l3 15h-16l3-15a8 8 0 0 1 5-14Z\"/></g>";
    drawing("envelope", 300, 240, "xMidYMid meet", &s)
}

/// One lantern of the path through the wizard.
pub(crate) fn lantern() -> Markup {
    let mut s = String::from("<path class=\"hook\" d=\"M20 2v8\"/>");
    s += &sheet("M10 12C18 8 22 8 30 12C36 20 36 32 30 40C22 43 18 43 10 40C4 32 4 20 10 12Z", "c-lantern");
    s += &piece("M20 9C27 9 36 20 30 40C26 42 22 42 20 42Z", "fold");
    s += &piece("M12 9h16v4H12ZM12 39h16v4H12Z", "c-cap");
    drawing("lantern", 40, 48, "xMidYMid meet", &s)
}

/// The snail with the lantern that has lost its way: error pages.
pub(crate) fn lost_snail() -> Markup {
    let mut s = String::new();
    s += &piece("M10 176C60 160 120 172 170 166S250 164 292 172L292 196H10Z", "c-hill3");
    // body
    s += &sheet(
        "M58 168C70 150 96 152 128 152C168 152 196 150 206 122C208 108 224 104 232 114C240 128 228 166 198 170Z",
        "c-snail",
    );
    s += "<path class=\"feeler\" d=\"M218 112q2 -22 -4 -34M228 112q10 -16 20 -24\"/><circle class=\"ink\" cx=\"213\" cy=\"76\" r=\"4\"/><circle class=\"ink\" cx=\"250\" cy=\"86\" r=\"4\"/>";
    s += "<path class=\"sleep dark\" d=\"M222 134q6 5 10 -2\"/>";
    // shell
    s += &sheet(&disc(132.0, 112.0, 50.0, 50.0, 3), "c-petal");
    s += &piece(&disc(136.0, 116.0, 36.0, 36.0, 4), "c-petal2");
    s += &piece(&disc(140.0, 119.0, 22.0, 22.0, 5), "c-petal");
    s += &piece(&disc(143.0, 121.0, 10.0, 10.0, 6), "c-moon");
    // lantern on a stick
    s += "<path class=\"hook\" d=\"M250 90C272 84 276 96 274 104\"/>";
    s += "<g transform=\"translate(254 100)\">";
    s += &piece(&disc(20.0, 26.0, 34.0, 34.0, 7), "c-halo1");
    s += &sheet("M10 12C18 8 22 8 30 12C36 20 36 32 30 40C22 43 18 43 10 40C4 32 4 20 10 12Z", "c-glow");
    s += &piece(&fine(&[(12.0, 9.0), (28.0, 9.0), (28.0, 13.0), (12.0, 13.0)]), "c-cap");
    s += "</g>";
    drawing("snail", 300, 200, "xMidYMid meet", &s)
}
