//! Letters for names in any script. A film brings the font of its own hand along; these stand behind it in every
//! film, once for all of them (`fonts/README.md` says what each holds and where it comes from).
//!
//! Of characters that several lists hold, those of Japan come first, then mainland China, then Taiwan.

macro_rules! fonts {
    ($($file:literal),* $(,)?) => {
        /// Tried in this order behind a film's own fonts.
        pub(crate) static FONTS: &[&[u8]] = &[$(include_bytes!(concat!("../fonts/", $file))),*];
    };
}

fonts![
    "NotoSans-Bold.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansJP-Bold.otf",
    "NotoSansKR-Bold.otf",
    "NotoSansSC-Bold.otf",
    "NotoSansTC-Bold.otf",
    "NotoSansArmenian-Bold.ttf",
    "NotoSansBengali-Bold.ttf",
    "NotoSansEthiopic-Bold.ttf",
    "NotoSansGeorgian-Bold.ttf",
    "NotoSansGujarati-Bold.ttf",
    "NotoSansGurmukhi-Bold.ttf",
    "NotoSansKannada-Bold.ttf",
    "NotoSansKhmer-Bold.ttf",
    "NotoSansLao-Bold.ttf",
    "NotoSansMalayalam-Bold.ttf",
    "NotoSansMyanmar-Bold.ttf",
    "NotoSansSinhala-Bold.ttf",
    "NotoSansTamil-Bold.ttf",
    "NotoSansTelugu-Bold.ttf",
];
