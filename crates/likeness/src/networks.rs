//! The three networks: floats in, floats out, one thread. Knows no photo.

use crate::{LoadError, Networks};
use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor};
use std::sync::Arc;

/// Side of the detector's input.
pub(crate) const DETECT: usize = 192;
/// Side of the landmark network's input.
pub(crate) const MESH: usize = 192;
/// Side of the mask network's input.
pub(crate) const MASK: usize = 256;

pub(crate) struct Loaded {
    detector: Model,
    landmarks: Model,
    mask: Model,
    pool: Arc<ThreadPool>,
}

impl Loaded {
    pub fn new(nets: Networks<'_>) -> Result<Self, LoadError> {
        let load = |network: &'static str, bytes: &[u8]| {
            ModelOptions::with_all_ops()
                .prepack_weights(true)
                .load(bytes.to_vec())
                .map_err(|e| LoadError { network, detail: e.to_string() })
        };
        let loaded = Self {
            detector: load("detector", nets.detector)?,
            landmarks: load("landmarks", nets.landmarks)?,
            mask: load("mask", nets.mask)?,
            pool: Arc::new(ThreadPool::with_num_threads(1)),
        };
        // One run each, so that a wrong file is found at start and not with a parent waiting.
        let trial = |network: &'static str, outputs: Vec<Vec<f32>>, sizes: &[usize]| {
            let fits = outputs.iter().map(Vec::len).eq(sizes.iter().copied());
            let detail = "unexpected outputs".to_owned();
            if fits { Ok(()) } else { Err(LoadError { network, detail }) }
        };
        trial("detector", loaded.detect(vec![0.0; DETECT * DETECT * 3]), &[2304 * 16, 2304])?;
        trial("landmarks", loaded.mesh(vec![0.0; MESH * MESH * 3]), &[1404, 1])?;
        trial("mask", loaded.person(vec![0.0; MASK * MASK * 3]), &[MASK * MASK])?;
        Ok(loaded)
    }

    /// Boxes with key points (2304 x 16) and scores (2304) for an input of -1 to 1.
    pub fn detect(&self, image: Vec<f32>) -> Vec<Vec<f32>> {
        self.run(&self.detector, image, DETECT)
    }

    /// Points (468 x 3, pixels of the input) and presence for an input of 0 to 1.
    pub fn mesh(&self, image: Vec<f32>) -> Vec<Vec<f32>> {
        self.run(&self.landmarks, image, MESH)
    }

    /// Share of person for each pixel for an input of 0 to 1.
    pub fn person(&self, image: Vec<f32>) -> Vec<Vec<f32>> {
        self.run(&self.mask, image, MASK)
    }

    /// Outputs with the longest first; empty when the network cannot be run at all.
    fn run(&self, model: &Model, planes: Vec<f32>, side: usize) -> Vec<Vec<f32>> {
        let input = NdTensor::from_data([1, 3, side, side], planes);
        let options = RunOptions::default().with_thread_pool(Some(self.pool.clone()));
        let Some(&id) = model.input_ids().first() else { return Vec::new() };
        let Ok(values) = model.run(vec![(id, input.into())], model.output_ids(), Some(options)) else {
            return Vec::new();
        };
        let mut outputs: Vec<Vec<f32>> =
            values.into_iter().filter_map(|v| v.into_tensor::<f32>().map(|t| t.to_vec())).collect();
        outputs.sort_by_key(|o| std::cmp::Reverse(o.len()));
        outputs
    }
}

/// Interleaved to planes, each value through `f`.
pub(crate) fn planes(interleaved: &[f32], f: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(interleaved.len());
    for c in 0..3 {
        out.extend(interleaved.iter().skip(c).step_by(3).map(|&v| f(v)));
    }
    out
}

/// The logistic function.
pub(crate) fn sigmoid(v: f32) -> f32 {
    1.0 / (1.0 + (-v.clamp(-100.0, 100.0)).exp())
}
