//! A network of a browser's own, whose only exit is a listener that the worker holds.
//!
//! A process in it reaches nothing but its loopback, and there nobody listens but us: the
//! kernel sees to it, whatever flags the browser obeys. Where users may make namespaces, no
//! privilege is needed. A worker that is root needs none of that either.

use std::fs::write;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_dumpable;
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket};
use nix::unistd::{getegid, geteuid};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

use super::init::drop_to;
use super::user::Identity;

/// Where the exit listens, inside.
pub(super) const PORT: u16 = 3128;

/// Enters a network of its own as a browser's user, and listens in it.
pub(super) fn enter(identity: Identity) -> io::Result<TcpListener> {
    let as_root = geteuid().is_root() && unshare(CloneFlags::CLONE_NEWNET).is_ok();
    if as_root {
        raise_loopback()?;
        drop_to(identity)?;
    } else {
        drop_to(identity)?;
        // A change of user hides a process from itself, and it could not say who it is.
        set_dumpable(true)?;
        enter_as_user()?;
        raise_loopback()?;
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, PORT))
}

fn enter_as_user() -> io::Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    write("/proc/self/setgroups", "deny")?;
    write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// Raises the loopback, which is the first interface of every network and begins down.
fn raise_loopback() -> io::Result<()> {
    const LOOPBACK: u32 = 1;
    let (up, request, acknowledge, set_link): (u32, u16, u16, u16) = (1, 1, 4, 16);
    // A `struct nlmsghdr` and a `struct ifinfomsg`: see netlink(7) and rtnetlink(7).
    let mut message = Vec::with_capacity(32);
    message.extend(32u32.to_ne_bytes());
    message.extend(set_link.to_ne_bytes());
    message.extend((request | acknowledge).to_ne_bytes());
    message.extend([0; 12]);
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(up.to_ne_bytes());
    message.extend(up.to_ne_bytes());
    let kernel = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    sendto(kernel.as_raw_fd(), &message, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
    let mut answer = [0; 64];
    let length = recv(kernel.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    let code =
        answer.get(16..20).filter(|_| length >= 20).and_then(|code| code.try_into().ok()).map(i32::from_ne_bytes);
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::Error::other("the kernel did not say whether the loopback is up")),
    }
}

/// Sends the listener to the worker, which is at the other end of stdin.
pub(super) fn hand_over(listener: &TcpListener) -> io::Result<()> {
    let listener = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&listener));
    sendmsg(io::stdin(), &[IoSlice::new(b"L")], &mut rights, SendFlags::empty())?;
    Ok(())
}

/// Receives the listener; or learns that there will be none.
pub(super) fn receive(from: impl AsFd) -> io::Result<TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(from, &mut [IoSliceMut::new(&mut byte)], &mut rights, RecvFlags::CMSG_CLOEXEC)?;
    let received: Option<OwnedFd> = rights.drain().find_map(|message| {
        let RecvAncillaryMessage::ScmRights(mut descriptors) = message else { return None };
        descriptors.next()
    });
    received.map(TcpListener::from).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
