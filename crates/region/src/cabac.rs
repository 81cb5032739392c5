//! The arithmetic coder of H.264 (Rec. ITU-T H.264, 9.3): decisions in, bytes out.
//! Knows contexts by number only; which decision has which stands in `syntax`.

use crate::tables::{CONTEXT_START, CONTEXTS, NEXT_STATE, RANGE_LPS};

/// Which start the contexts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// That of I slices.
    Intra,
    /// That of P slices with this `cabac_init_idc`.
    Predicted(u8),
}

/// The states of all contexts: state times two and the more probable symbol.
pub(crate) type States = [u8; CONTEXTS];

/// Where decisions go: into a stream, or only into a sum of bits.
pub(crate) trait Sink {
    /// One decision in a context.
    fn decide(&mut self, context: usize, bin: bool);
    /// One decision as likely as its contrary.
    fn bypass(&mut self, bin: bool);
    /// The suffix of a large number: exponential Golomb code of the order given (9.3.2.3).
    fn bypass_golomb(&mut self, order: u32, value: u32);
    /// States that more follows.
    fn go_on(&mut self);
}

/// One run of the coder, over one slice.
pub(crate) struct Cabac {
    /// By context.
    states: States,
    /// Bits that may still change: ten of the coder itself, and above them those that wait.
    low: u64,
    range: u32,
    /// How many wait; the very first one is always zero and is left out.
    waiting: i32,
    bytes: Vec<u8>,
}

impl Cabac {
    /// Starts after the slice header.
    pub fn new(header: Vec<u8>, start: Start, qp: u8) -> Self {
        let model = match start {
            Start::Intra => 0,
            Start::Predicted(idc) => usize::from(idc) + 1,
        };
        let mut states = [0; CONTEXTS];
        for (state, start) in states.iter_mut().zip(&CONTEXT_START) {
            let [m, n] = start[model].map(i32::from);
            let begin = (((m * i32::from(qp)) >> 4) + n).clamp(1, 126);
            *state = if begin <= 63 { (63 - begin) * 2 } else { (begin - 64) * 2 + 1 } as u8;
        }
        Self { states, low: 0, range: 510, waiting: -1, bytes: header }
    }

    /// The contexts as they are now.
    pub fn states(&self) -> &States {
        &self.states
    }

    /// One decision in a context.
    #[inline]
    pub fn decide(&mut self, context: usize, bin: bool) {
        let held = self.states[context];
        let state = usize::from(held >> 1) & 63;
        let likely = held & 1;
        let lps = u32::from(RANGE_LPS[state][(self.range >> 6) as usize & 3]);
        self.range -= lps;
        if u8::from(bin) == likely {
            self.states[context] = NEXT_STATE[state][1] << 1 | likely;
            self.shift(self.range >> 8 ^ 1);
        } else {
            self.low += u64::from(self.range);
            self.range = lps;
            self.states[context] = NEXT_STATE[state][0] << 1 | (likely ^ u8::from(state == 0));
            self.shift(lps.leading_zeros() - 23);
        }
    }

    /// One decision as likely as its contrary.
    #[inline]
    pub fn bypass(&mut self, bin: bool) {
        self.low <<= 1;
        if bin {
            self.low += u64::from(self.range);
        }
        self.waiting += 1;
        self.spill();
    }

    /// The suffix of a large number: exponential Golomb code of the order given (9.3.2.3).
    pub fn bypass_golomb(&mut self, mut order: u32, mut value: u32) {
        while value >= 1 << order {
            self.bypass(true);
            value -= 1 << order;
            order += 1;
        }
        self.bypass(false);
        for at in (0..order).rev() {
            self.bypass(value >> at & 1 == 1);
        }
    }

    /// States that more follows.
    #[inline]
    pub fn go_on(&mut self) {
        self.range -= 2;
        self.shift(self.range >> 8 ^ 1);
    }

    /// States that nothing follows, and gives the bytes with the stop bit (9.3.4.5).
    pub fn finish(mut self) -> Vec<u8> {
        self.flush();
        self.bytes
    }

    fn flush(&mut self) {
        self.range -= 2;
        self.low += u64::from(self.range);
        self.low <<= 7;
        self.waiting += 7;
        self.spill();
        let bits = self.waiting as u32 + 3;
        let filling = (8 - bits % 8) % 8;
        let rest = (self.low >> 7 | 1) << filling;
        let bits = bits + filling;
        if rest >> bits & 1 == 1 {
            self.carry();
        }
        for at in (0..bits / 8).rev() {
            self.bytes.push((rest >> (at * 8)) as u8);
        }
    }

    #[inline]
    fn shift(&mut self, by: u32) {
        self.range <<= by;
        self.low <<= by;
        self.waiting += by as i32;
        self.spill();
    }

    #[inline]
    fn spill(&mut self) {
        if self.waiting >= 32 {
            self.spill_now();
        }
    }

    #[cold]
    fn spill_now(&mut self) {
        let rest = self.waiting - 32;
        let out = self.low >> (rest + 10);
        if out >> 32 & 1 == 1 {
            self.carry();
        }
        self.bytes.extend_from_slice(&(out as u32).to_be_bytes());
        self.low &= (1 << (rest + 10)) - 1;
        self.waiting = rest;
    }

    /// Cannot run into the header: what was coded is less than one.
    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
}

impl Sink for Cabac {
    #[inline]
    fn decide(&mut self, context: usize, bin: bool) {
        Cabac::decide(self, context, bin);
    }

    #[inline]
    fn bypass(&mut self, bin: bool) {
        Cabac::bypass(self, bin);
    }

    fn bypass_golomb(&mut self, order: u32, value: u32) {
        Cabac::bypass_golomb(self, order, value);
    }

    fn go_on(&mut self) {
        Cabac::go_on(self);
    }
}
