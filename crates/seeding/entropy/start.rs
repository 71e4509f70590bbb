//! What happens when a program starts: it takes its key, hands it on, and says that it is there.

use crate::addresses;
use crate::counters;
use crate::derivation::{self, Key};
use crate::device;
use crate::environment;
use crate::events;
use crate::folders;
use crate::files::{self, File, Use};
use crate::occurrences;
use crate::process::PROCESS;
use crate::processors;
use crate::runtime;
use crate::surroundings;
use crate::system_calls;
use crate::thread;
use core::sync::atomic::{AtomicU8, Ordering};

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = start;

static STATE: AtomicU8 = AtomicU8::new(NOT_YET);
const NOT_YET: u8 = 0;
const STARTING: u8 = 1;
const STARTED: u8 = 2;

/// Starts unless that has happened: another library's constructor may draw before this one's. Whether all is ready.
pub(crate) fn ready() -> bool {
    match STATE.load(Ordering::Acquire) {
        STARTED => true,
        STARTING => false,
        _ => {
            start();
            STATE.load(Ordering::Acquire) == STARTED
        }
    }
}

extern "C" fn start() {
    // SAFETY: reads the pointer alone.
    if unsafe { crate::c::environ }.is_null() {
        return;
    }
    let first = STATE.compare_exchange(NOT_YET, STARTING, Ordering::AcqRel, Ordering::Acquire);
    if first.is_err() {
        return;
    }
    let tried = addresses::restore();
    environment::save();
    addresses::fix(tried);
    thread::prepare();
    let arguments = Arguments::read();
    let handed = environment::value(environment::KEY).and_then(derivation::read);
    let key = handed.map(|handed| key(&handed, &arguments));
    PROCESS.begin(key.as_ref());
    thread::begin(&PROCESS.key());
    if let Some(key) = key {
        environment::overwrite(environment::KEY, &derivation::write(&key));
    }
    processors::read();
    folders::read();
    system_calls::connect();
    counters::connect();
    surroundings::count();
    STATE.store(STARTED, Ordering::Release);
    if PROCESS.is_seeded() {
        device::adopt_inherited();
    }
    tell(&arguments);
}

fn key(handed: &Key, arguments: &Arguments) -> Key {
    let mut place = derivation::begin(handed, "occurrence");
    arguments.each(|bytes| place.update(bytes));
    let [a, b, c, d, e, f, g, h, ..] = place.finish();
    let number = occurrences::count(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    let mut hash = derivation::begin(handed, "process");
    arguments.each(|bytes| hash.update(bytes));
    hash.update(&number.to_le_bytes());
    hash.finish()
}

fn tell(arguments: &Arguments) {
    let mut path = [0; 1024];
    let program = files::read_link(c"/proc/self/exe", &mut path).unwrap_or_default();
    let mut line = events::line("process");
    line.text("program", program)
        .texts("arguments", arguments.first());
    events::tell(&mut line);
    if runtime::is_unreached() {
        let mut line = events::line("unreached");
        line.text("reason", b"runtime");
        line.text("program", program)
            .texts("arguments", arguments.first());
        events::tell(&mut line);
    }
}

/// The program's arguments, each followed by a zero byte. A constructor is not handed them by every C library, but the
/// kernel knows them.
struct Arguments {
    file: Option<File>,
    start: [u8; 4096],
    length: usize,
}

impl Arguments {
    fn read() -> Self {
        let mut arguments = Self {
            file: File::open(c"/proc/self/cmdline", Use::Read).ok(),
            start: [0; 4096],
            length: 0,
        };
        if let Some(file) = &arguments.file {
            arguments.length = file.read_at(&mut arguments.start, 0).unwrap_or(0);
        }
        arguments
    }

    /// Passes all their bytes on, piece by piece.
    fn each(&self, mut take: impl FnMut(&[u8])) {
        take(&self.start[..self.length]);
        let mut offset = self.length as u64;
        let mut piece = [0; 1024];
        while offset >= self.start.len() as u64
            && let Some(file) = &self.file
            && let Ok(length @ 1..) = file.read_at(&mut piece, offset)
        {
            take(&piece[..length]);
            offset += length as u64;
        }
    }

    /// Those of the first 4096 bytes.
    fn first(&self) -> impl Iterator<Item = &[u8]> {
        let bytes = &self.start[..self.length];
        let texts = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        let count = if bytes.is_empty() { 0 } else { usize::MAX };
        texts.split(|byte| *byte == 0).take(count)
    }
}
