//! The H.264 encoder and decoder (openh264), behind two safe types. The only
//! module that speaks with C; it knows nothing of files, segments or films.
#![expect(
    unsafe_code,
    reason = "openh264 is a C++ library; its safe wrapper can set neither CABAC nor a fixed quantiser"
)]

use std::os::raw::{c_int, c_long, c_void};
use std::ptr::{null_mut, slice_from_raw_parts};

use openh264_sys2 as sys;
use openh264_sys2::source::APILoader;

use crate::picture::Picture;
use crate::settings::Settings;

/// Why pictures could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The size or rate is not one that the encoder takes.
    #[error(
        "a picture of {0}x{1} at {2} frames a second cannot be encoded: its sides are even, at most 3840 and 2160"
    )]
    Size(u32, u32, u32),
    /// The picture is not of the size that the encoder was made for.
    #[error("the picture has another size than the encoder was made for")]
    WrongPicture,
    /// The library reported an error.
    #[error("the video codec failed at {0} with code {1}")]
    Library(&'static str, i64),
}

fn check(step: &'static str, code: c_int) -> Result<(), CodecError> {
    if code == 0 { Ok(()) } else { Err(CodecError::Library(step, i64::from(code))) }
}

/// Turns pictures into H.264 access units: one IDR picture, then predicted ones
/// in order, from one before. One encoder makes one closed group.
pub struct Encoder {
    raw: *mut sys::ISVCEncoder,
    settings: Settings,
    info: Box<sys::SFrameBSInfo>,
    count: i64,
}

// SAFETY: the encoder keeps no thread-local state and is only reached through `&mut self`.
unsafe impl Send for Encoder {}

macro_rules! call {
    ($raw:expr, $method:ident $(, $argument:expr)*) => {
        ((**$raw).$method.expect("openh264 fills its whole table of functions"))($raw $(, $argument)*)
    };
}

impl Encoder {
    /// An encoder for the settings.
    pub fn new(settings: &Settings) -> Result<Self, CodecError> {
        let Settings { width, height, fps, .. } = *settings;
        let even = width % 2 == 0 && height % 2 == 0;
        if !even
            || !(16..=3840).contains(&width)
            || !(16..=2160).contains(&height)
            || !(1..=60).contains(&fps)
        {
            return Err(CodecError::Size(width, height, fps));
        }
        let mut raw: *mut sys::ISVCEncoder = null_mut();
        // SAFETY: the library writes a pointer to a new encoder, or reports an error.
        check("creating", unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) })?;
        // From here on `drop` frees the encoder on every way out.
        let encoder = Self { raw, settings: *settings, info: Box::default(), count: 0 };
        let mut parameters = sys::SEncParamExt::default();
        // SAFETY: `raw` is a live encoder and `parameters` outlives both calls.
        unsafe {
            check("defaults", call!(raw, GetDefaultParams, &raw mut parameters))?;
            configure(&mut parameters, settings);
            // Before InitializeExt, which would otherwise print to standard error.
            let mut silent: c_int = sys::WELS_LOG_QUIET;
            let level = (&raw mut silent).cast::<c_void>();
            check("log level", call!(raw, SetOption, sys::ENCODER_OPTION_TRACE_LEVEL, level))?;
            check("initialising", call!(raw, InitializeExt, &raw const parameters))?;
            let mut format: c_int = sys::videoFormatI420;
            let format = (&raw mut format).cast::<c_void>();
            check("format", call!(raw, SetOption, sys::ENCODER_OPTION_DATAFORMAT, format))?;
        }
        Ok(encoder)
    }

    /// Encodes the next picture. Returns the access unit in byte-stream form
    /// (start codes); the first one begins with the parameter sets.
    pub fn encode(&mut self, picture: &Picture) -> Result<Vec<u8>, CodecError> {
        if (picture.width(), picture.height()) != (self.settings.width, self.settings.height) {
            return Err(CodecError::WrongPicture);
        }
        let planes = picture.planes();
        let source = sys::SSourcePicture {
            iColorFormat: sys::videoFormatI420,
            iStride: [picture.stride(0) as c_int, picture.stride(1) as c_int, picture.stride(2) as c_int, 0],
            pData: [
                planes[0].as_ptr().cast_mut(),
                planes[1].as_ptr().cast_mut(),
                planes[2].as_ptr().cast_mut(),
                null_mut(),
            ],
            iPicWidth: picture.width() as c_int,
            iPicHeight: picture.height() as c_int,
            uiTimeStamp: self.count * 1000 / i64::from(self.settings.fps),
            bPsnrY: false,
            bPsnrU: false,
            bPsnrV: false,
        };
        // SAFETY: the encoder is initialised; the planes have the size stated and are
        // only read; `info` is written by the library and read below, before the next call.
        check("encoding", unsafe { call!(self.raw, EncodeFrame, &raw const source, &raw mut *self.info) })?;
        self.count += 1;
        Ok(self.access_unit())
    }

    fn access_unit(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.info.iFrameSizeInBytes.max(0) as usize);
        for layer in &self.info.sLayerInfo[..self.info.iLayerNum as usize] {
            // SAFETY: after a successful call each layer states as many lengths as it has
            // units, and its buffer holds all of them one after the other.
            unsafe {
                let lengths = slice_from_raw_parts(layer.pNalLengthInByte, layer.iNalCount as usize);
                let total: c_int = (&*lengths).iter().sum();
                bytes.extend_from_slice(&*slice_from_raw_parts(layer.pBsBuf, total as usize));
            }
        }
        bytes
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: `raw` came from WelsCreateSVCEncoder and is used no more.
        unsafe {
            call!(self.raw, Uninitialize);
            APILoader::WelsDestroySVCEncoder(self.raw);
        }
    }
}

/// Everything but the quantiser is the same for all shots of a rendition, and that
/// is not written into the parameter sets. Nothing is said of colours: that stands in the set of the sequence, and a film
/// has `region`'s.
fn configure(parameters: &mut sys::SEncParamExt, settings: &Settings) {
    let bits = 1_000_000;
    parameters.iUsageType = sys::CAMERA_VIDEO_REAL_TIME;
    parameters.iPicWidth = settings.width as c_int;
    parameters.iPicHeight = settings.height as c_int;
    parameters.fMaxFrameRate = settings.fps as f32;
    parameters.iTargetBitrate = bits;
    parameters.iRCMode = sys::RC_OFF_MODE;
    parameters.iMinQp = 0;
    parameters.iMaxQp = 51;
    parameters.bEnableFrameSkip = false;
    parameters.iComplexityMode = sys::LOW_COMPLEXITY;
    parameters.iEntropyCodingModeFlag = 1; // CABAC
    parameters.eSpsPpsIdStrategy = sys::CONSTANT_ID;
    // Every second picture is one that no other builds on, coded three steps coarser: at equal
    // quality about a tenth fewer bits, and it fits drawings that move on twos.
    parameters.iTemporalLayerNum = 2;
    parameters.iSpatialLayerNum = 1;
    parameters.iNumRefFrame = 1;
    parameters.uiIntraPeriod = 0; // one IDR picture, at the start
    parameters.bEnableSceneChangeDetect = false;
    parameters.bEnableLongTermReference = false;
    parameters.bEnableDenoise = false;
    parameters.bEnableBackgroundDetection = false;
    parameters.bEnableAdaptiveQuant = false;
    parameters.bEnableFrameCroppingFlag = true;
    parameters.iMultipleThreadIdc = 1;
    parameters.iLoopFilterDisableIdc = 0;
    let layer = &mut parameters.sSpatialLayers[0];
    layer.iVideoWidth = settings.width as c_int;
    layer.iVideoHeight = settings.height as c_int;
    layer.fFrameRate = settings.fps as f32;
    layer.iSpatialBitrate = bits;
    layer.iMaxSpatialBitrate = sys::UNSPECIFIED_BIT_RATE as c_int;
    layer.iDLayerQp = c_int::from(settings.quantiser);
    layer.uiProfileIdc = sys::PRO_HIGH;
    layer.uiLevelIdc = c_int::from(settings.level());
    layer.sSliceArgument.uiSliceMode = sys::SM_SINGLE_SLICE;
    layer.sSliceArgument.uiSliceNum = 1;
}

/// A picture that came out of a stream.
pub struct Decoded {
    /// The picture.
    pub picture: Picture,
    /// The number that was given with its access unit.
    pub stamp: u64,
}

/// Turns access units back into pictures. What it is given may come from anywhere; what does then belongs into a process
/// that can do nothing but compute, as all of the library is C++.
pub struct Decoder {
    raw: *mut sys::ISVCDecoder,
}

// SAFETY: as for the encoder: no thread-local state, only reached through `&mut self`.
unsafe impl Send for Decoder {}

impl Decoder {
    /// A decoder that waits for parameter sets. It starts no threads, and a damaged unit is an error: nothing is made up.
    pub fn new() -> Result<Self, CodecError> {
        let mut raw: *mut sys::ISVCDecoder = null_mut();
        // SAFETY: the library writes a pointer to a new decoder, or reports an error.
        check_long("creating", unsafe { APILoader::WelsCreateDecoder(&raw mut raw) })?;
        let decoder = Self { raw };
        let mut parameters =
            sys::SDecodingParam { eEcActiveIdc: sys::ERROR_CON_DISABLE, ..sys::SDecodingParam::default() };
        parameters.sVideoProperty.eVideoBsType = sys::VIDEO_BITSTREAM_AVC;
        let mut silent: c_int = sys::WELS_LOG_QUIET;
        // SAFETY: `raw` is a live decoder; both arguments outlive the calls.
        unsafe {
            let level = (&raw mut silent).cast::<c_void>();
            check_long("log level", call!(raw, SetOption, sys::DECODER_OPTION_TRACE_LEVEL, level))?;
            check_long("initialising", call!(raw, Initialize, &raw const parameters))?;
        }
        Ok(decoder)
    }

    /// All pictures of a stream in the order in which they are shown, from its access units in byte-stream form.
    pub fn pictures<U: AsRef<[u8]>>(units: impl IntoIterator<Item = U>) -> Result<Vec<Picture>, CodecError> {
        let (mut decoder, mut pictures) = (Self::new()?, Vec::new());
        for unit in units {
            pictures.extend(decoder.advance(unit.as_ref(), 0)?.map(|decoded| decoded.picture));
        }
        while let Some(decoded) = decoder.rest()? {
            pictures.push(decoded.picture);
        }
        Ok(pictures)
    }

    /// Decodes one access unit in byte-stream form. Pictures come out in the order in which they are
    /// shown: so perhaps none now, and another one than that of the unit.
    pub fn advance(&mut self, unit: &[u8], stamp: u64) -> Result<Option<Decoded>, CodecError> {
        let length = c_int::try_from(unit.len()).map_err(|_| CodecError::Library("a unit's length", 0))?;
        let mut planes: [*mut u8; 3] = [null_mut(); 3];
        let mut info = sys::SBufferInfo { uiInBsTimeStamp: stamp, ..sys::SBufferInfo::default() };
        // SAFETY: the unit is read only; the library writes three plane pointers and their description, valid until
        // the next call; they are copied before this one returns.
        unsafe {
            let (unit, planes_at) = (unit.as_ptr(), planes.as_mut_ptr());
            let code = call!(self.raw, DecodeFrameNoDelay, unit, length, planes_at, &raw mut info);
            check("decoding", code)?;
            copied(planes, &info)
        }
    }

    /// What is left at the end of a stream, a picture a call. The library does not bear that a stream goes on afterwards.
    pub fn rest(&mut self) -> Result<Option<Decoded>, CodecError> {
        let mut planes: [*mut u8; 3] = [null_mut(); 3];
        let mut info = sys::SBufferInfo::default();
        // SAFETY: as above.
        unsafe {
            check("flushing", call!(self.raw, FlushFrame, planes.as_mut_ptr(), &raw mut info))?;
            copied(planes, &info)
        }
    }
}

/// A copy of the picture that the library points to, if it does.
///
/// # Safety
/// Planes and description are those that a call that succeeded has just written.
unsafe fn copied(planes: [*mut u8; 3], info: &sys::SBufferInfo) -> Result<Option<Decoded>, CodecError> {
    if info.iBufferStatus != 1 {
        return Ok(None);
    }
    // SAFETY: the one form that the union has.
    let system = unsafe { info.UsrData.sSystemBuffer };
    let sides = [system.iWidth, system.iHeight, system.iStride[0], system.iStride[1]];
    let [width, height, luma, chroma] = sides.map(|side| usize::try_from(side).unwrap_or(0));
    let is_sound = width >= 2 && height >= 2 && luma >= width && chroma >= width.div_ceil(2);
    if !is_sound || planes.iter().any(|plane| plane.is_null()) {
        return Err(CodecError::Library("describing a picture", 0));
    }
    let plane = |index: usize, stride: usize, across: usize, rows: usize| {
        let length = stride * (rows - 1) + across;
        // SAFETY: the library's plane has so many rows of this stride, the last one as long as the picture is wide.
        (unsafe { &*slice_from_raw_parts(planes[index], length) }, stride)
    };
    let (across, rows) = (width.div_ceil(2), height.div_ceil(2));
    let planes =
        [plane(0, luma, width, height), plane(1, chroma, across, rows), plane(2, chroma, across, rows)];
    let picture = Picture::from_planes(width as u32, height as u32, planes);
    Ok(Some(Decoded { picture, stamp: info.uiOutYuvTimeStamp }))
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: `raw` came from WelsCreateDecoder and is used no more.
        unsafe {
            call!(self.raw, Uninitialize);
            APILoader::WelsDestroyDecoder(self.raw);
        }
    }
}

fn check_long(step: &'static str, code: c_long) -> Result<(), CodecError> {
    if code == 0 { Ok(()) } else { Err(CodecError::Library(step, code)) }
}
