//! File systems that lie in memory.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{fstat, fstatvfs, major, minor};

/// A device as the kernel numbers file systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Device {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Device {
    /// By the number that stat(2) gives.
    pub(super) fn of(number: u64) -> Self {
        Self {
            major: major(number),
            minor: minor(number),
        }
    }
}

/// File systems that lie in memory, each once.
#[derive(Debug)]
pub(super) struct FileSystems {
    roots: Vec<OwnedFd>,
    devices: Vec<Device>,
}

impl FileSystems {
    /// Those that these descriptors lie in.
    pub(super) fn new(descriptors: Vec<OwnedFd>) -> io::Result<Self> {
        let mut found = Self {
            roots: Vec::new(),
            devices: Vec::new(),
        };
        for descriptor in descriptors {
            let device = Device::of(fstat(&descriptor)?.st_dev);
            if !found.devices.contains(&device) {
                found.devices.push(device);
                found.roots.push(descriptor);
            }
        }
        Ok(found)
    }

    /// What lies in all of them, in bytes.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        let mut total = 0;
        for root in &self.roots {
            let status = fstatvfs(root)?;
            total += status.f_blocks.saturating_sub(status.f_bfree) * status.f_frsize;
        }
        Ok(total)
    }

    pub(super) fn devices(&self) -> &[Device] {
        &self.devices
    }
}
