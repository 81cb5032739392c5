//! A shared side as bytes, to be kept, and back; what is damaged or of another version is not read.

use std::collections::BTreeMap;

use region::{Map, Quality, Slice, Told, Whose, order};

use super::SharedSide;
use super::regions::{Regions, grid};
use crate::planned::Coded;

/// What the bytes of a shared side begin with; the last one is the version.
const MAGIC: &[u8] = b"SIDE\x05";

impl SharedSide {
    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let Regions { width, height, fps, maps } = &self.regions;
        for number in [*width, *height, *fps, u32::from(self.qp), maps.len() as u32] {
            put_number(&mut out, number as usize);
        }
        for (frame, picture) in order(maps.len()).into_iter().zip(&self.pictures) {
            let map = &maps[frame];
            // Shared and personal ones by turns; the first may be none.
            let runs = map.runs();
            let starts_personal = runs.first().is_some_and(|run| run.whose == Whose::Personal);
            put_number(&mut out, runs.len() + usize::from(starts_personal));
            if starts_personal {
                put_number(&mut out, 0);
            }
            runs.iter().for_each(|run| put_number(&mut out, run.count));
            picture.slices.iter().for_each(|slice| put_bytes(&mut out, &slice.unit));
            // Nothing stands for what is to be drawn.
            put_bytes(&mut out, &picture.told.as_ref().map_or_else(Vec::new, Told::to_bytes));
        }
        out
    }

    /// What was kept; `None` when it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes.strip_prefix(MAGIC)?);
        let numbers = [rest.number()?, rest.number()?, rest.number()?, rest.number()?, rest.number()?];
        let [width, height, fps, qp, count] = numbers.map(|number| number as u32);
        let has_size = [width, height].iter().all(|side| (16..=4096).contains(side));
        let is_sound = has_size && qp <= u32::from(Quality::QP_MAX) && count >= 2;
        if !is_sound {
            return None;
        }
        let (across, down) = grid(width, height);
        // No more than there can be: each takes a number at least.
        if count as usize > rest.0.len() / 4 {
            return None;
        }
        let (mut maps, mut pictures) = (BTreeMap::new(), Vec::new());
        for frame in order(count as usize) {
            let map = Map::new(across, rest.flags(across * down)?);
            let shared = map.runs().into_iter().filter(|run| run.whose == Whose::Shared);
            let slice = |first| Some(Slice { first, unit: rest.bytes()?.to_vec() });
            let slices = shared.map(|run| run.first).map(slice).collect::<Option<Vec<Slice>>>()?;
            let told = Some(rest.bytes()?).filter(|told| !told.is_empty());
            let told = told.map(|told| Told::from_bytes(told, map.personal()));
            pictures.push(Coded { slices, told: told.map_or(Some(None), |told| told.map(Some))? });
            maps.insert(frame, map);
        }
        let regions = Regions { width, height, fps, maps: maps.into_values().collect() };
        rest.0.is_empty().then_some(Self { qp: qp as u8, regions, pictures })
    }
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number) as usize)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// So many flags, written as lengths of unset and set ones by turns.
    fn flags(&mut self, count: usize) -> Option<Vec<bool>> {
        let mut flags = Vec::with_capacity(count);
        for turn in 0..self.number()? {
            let length = self.number()?;
            if length > count - flags.len() {
                return None;
            }
            flags.resize(flags.len() + length, turn % 2 == 1);
        }
        (flags.len() == count).then_some(flags)
    }
}
