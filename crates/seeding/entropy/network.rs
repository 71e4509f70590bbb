//! Attempts to reach a network, each host told once by a process; the calls themselves are passed on unchanged.

use crate::c;
use crate::errno::fail;
use crate::events;
use crate::next::next;
use crate::start;
use crate::system::NOT_IMPLEMENTED;
use core::ffi::{c_int, c_void};
use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};

/// Hashes of the hosts that were told.
static TOLD: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];

/// A host's text, cut where it is longer than any that exists.
struct Host {
    bytes: [u8; 256],
    length: usize,
}

impl Write for Host {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let length = text.len().min(room.len());
        room[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}

/// Tells of a host, unless that was done or no place is left to remember it.
fn tell(host: &[u8]) {
    let hash = host.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    for place in &TOLD {
        match place.compare_exchange(0, hash.max(1), Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return events::tell(events::line("network").text("host", host)),
            Err(told) if told == hash.max(1) => return,
            Err(_) => {}
        }
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

/// The address of a socket of the Internet.
///
/// # Safety
/// `address` must be null or `length` bytes.
unsafe fn internet(address: *const u8, length: u32) -> Option<SocketAddr> {
    const IP_4: u16 = 2;
    const IP_6: u16 = 10;
    if address.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(address, length as usize) };
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    let port = u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    let address = match family {
        IP_4 => IpAddr::V4(Ipv4Addr::from(*bytes.get(4..)?.first_chunk::<4>()?)),
        IP_6 => IpAddr::V6(Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?)),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(socket: c_int, address: *const u8, length: u32) -> c_int {
    // SAFETY: the caller's promise.
    let reached = unsafe { internet(address, length) };
    if start::ready()
        && let Some(reached) = reached
        && !is_this_machine(reached.ip())
    {
        let mut host = Host {
            bytes: [0; 256],
            length: 0,
        };
        // A host's text never fails: it is cut.
        let _ = write!(host, "{reached}");
        tell(&host.bytes[..host.length]);
    }
    next!(
        "connect",
        fn(socket: c_int, address: *const u8, length: u32) -> c_int
    )
    .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int)
}

/// Tells of a name that is looked up, unless it is this machine's.
///
/// # Safety
/// `name` must be null or a text.
unsafe fn look_up(name: *const u8) {
    // SAFETY: the caller's promise.
    let name = unsafe { c::text(name) };
    let address = str::from_utf8(name)
        .ok()
        .and_then(|name| name.parse::<IpAddr>().ok());
    let local = name.is_empty() || name == b"localhost" || address.is_some_and(is_this_machine);
    if start::ready() && !local {
        tell(name);
    }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getaddrinfo(
    name: *const u8,
    service: *const u8,
    hints: *const c_void,
    answers: *mut c_void,
) -> c_int {
    const SYSTEM: c_int = -11;
    // SAFETY: the caller's promise.
    unsafe { look_up(name) };
    next!(
        "getaddrinfo",
        fn(
            name: *const u8,
            service: *const u8,
            hints: *const c_void,
            answers: *mut c_void,
        ) -> c_int
    )
    .unwrap_or(SYSTEM)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gethostbyname(name: *const u8) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { look_up(name) };
    next!("gethostbyname", fn(name: *const u8) -> *mut c_void).unwrap_or(core::ptr::null_mut())
}
