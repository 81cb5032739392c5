//! What the page's worker calls (`crates/web/assets/js/preview-worker.js`): whole numbers in, whole numbers out, and two pieces
//! of memory: `room`, which the worker fills before a call, and `answer`, which it reads after one.
//!
//! No code here is unsafe: Rust hands out addresses and never reads one. It is the names of the exports that Rust
//! calls unsafe, because two with the same name would not be noticed.
#![allow(unsafe_code, reason = "names of exports; see above")]

use std::cell::RefCell;

use likeness::Refusal;

use crate::Screening;

#[derive(Default)]
struct Desk {
    room: Vec<u8>,
    answer: Vec<u8>,
    screening: Option<Screening>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Where the worker puts what the next call is about, so many bytes.
#[unsafe(no_mangle)]
extern "C" fn room(length: usize) -> *mut u8 {
    DESK.with_borrow_mut(|desk| {
        // What was there before is not needed: nothing is copied, and a photo's room is given back.
        desk.room = vec![0; length];
        desk.room.as_mut_ptr()
    })
}

/// Where the last answer lies.
#[unsafe(no_mangle)]
extern "C" fn answer() -> *const u8 {
    DESK.with_borrow(|desk| desk.answer.as_ptr())
}

/// How long it is.
#[unsafe(no_mangle)]
extern "C" fn answer_length() -> usize {
    DESK.with_borrow(|desk| desk.answer.len())
}

/// Opens the film in `room`, whose first bytes, so many, are the language. Answers with its shots, one a line, as `id frames`;
/// returns the frames a second, 0 if the film cannot be read.
#[unsafe(no_mangle)]
extern "C" fn open(language: usize) -> u32 {
    DESK.with_borrow_mut(|desk| {
        let room = std::mem::take(&mut desk.room);
        let (language, files) = room.split_at_checked(language).unwrap_or_default();
        let language = std::str::from_utf8(language).unwrap_or_default();
        desk.screening = Screening::open(files, language);
        let Some(screening) = &desk.screening else { return 0 };
        let shots = screening.shots();
        desk.answer =
            shots.iter().map(|shot| format!("{} {}\n", shot.id, shot.frames)).collect::<String>().into();
        screening.fps()
    })
}

/// Looks at the photo in `room` (RGBA). Returns the number of faces and answers with their boxes, `x y width height` a
/// line; or returns 0 and answers with the word for what is wrong.
#[unsafe(no_mangle)]
extern "C" fn look(width: u32, height: u32) -> u32 {
    DESK.with_borrow_mut(|desk| {
        let photo = std::mem::take(&mut desk.room);
        let Some(screening) = &mut desk.screening else { return 0 };
        let found = screening.look(width, height, &photo);
        let (count, answer) = match found {
            Ok(faces) => {
                let lines = faces.iter().map(|face| {
                    let [x, y, width, height] = face.bounds;
                    format!("{x:.0} {y:.0} {width:.0} {height:.0}\n")
                });
                (faces.len() as u32, lines.collect())
            }
            Err(refusal) => (0, refusal.code().to_owned()),
        };
        desk.answer = answer.into();
        count
    })
}

/// Cuts out the face with this number. Returns 1 and answers with the words for what the parent should be told, one a
/// line; or returns 0 and answers with the word for what is wrong.
#[unsafe(no_mangle)]
extern "C" fn cut_out(face: usize) -> u32 {
    DESK.with_borrow_mut(|desk| {
        let Some(screening) = &mut desk.screening else { return 0 };
        let cut = screening.cut_out(face);
        let (done, answer) = match cut.map(|hero| &hero.warnings) {
            Ok(warnings) => (1, warnings.iter().map(|warning| format!("{}\n", warning.code())).collect()),
            Err(refusal) => (0, Refusal::code(refusal).to_owned()),
        };
        desk.answer = answer.into();
        done
    })
}

/// Answers with the cut-out as it is stored, for comparing with what the server draws of it; nothing if there is none.
#[unsafe(no_mangle)]
extern "C" fn hero() {
    DESK.with_borrow_mut(|desk| {
        let hero = desk.screening.as_ref().and_then(Screening::hero);
        desk.answer = hero.map(likeness::CutOut::to_bytes).unwrap_or_default();
    });
}

/// Draws a frame of a shot. Returns where its pixels lie (RGBA, 640 x 360) until the next call, 0 if there are none.
#[unsafe(no_mangle)]
extern "C" fn draw(shot: usize, frame: u32) -> *const u8 {
    DESK.with_borrow_mut(|desk| {
        let frame = desk.screening.as_mut().and_then(|screening| screening.draw(shot, frame));
        frame.map_or(std::ptr::null(), <[u8]>::as_ptr)
    })
}
