//! A network namespace whose only exit is a listener that is passed to the worker.
//!
//! A process in it can reach only the namespace's loopback interface, where only the proxy
//! listens. The kernel enforces this, whatever flags the browser obeys. It needs no privilege
//! where unprivileged user namespaces are allowed; a worker that is root does not need those.

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

use super::identity::Identity;

/// The port of the proxy's listener in the namespace.
pub(super) const PROXY_PORT: u16 = 3128;

/// Enters a new network namespace as the browser's user, and returns a listener in it.
pub(super) fn enter(identity: Identity) -> io::Result<TcpListener> {
    let as_root = geteuid().is_root() && unshare(CloneFlags::CLONE_NEWNET).is_ok();
    if as_root {
        set_loopback_up()?;
        identity.assume()?;
    } else {
        identity.assume()?;
        // A change of user clears this flag, and /proc/self would belong to root.
        set_dumpable(true)?;
        enter_user_namespace()?;
        set_loopback_up()?;
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, PROXY_PORT))
}

fn enter_user_namespace() -> io::Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    write("/proc/self/setgroups", "deny")?;
    write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// Brings up the loopback interface, which is the first of every namespace and starts down.
fn set_loopback_up() -> io::Result<()> {
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
    let mut reply = [0; 64];
    let length = recv(kernel.as_raw_fd(), &mut reply, MsgFlags::empty())?;
    let code = reply.get(16..20).filter(|_| length >= 20).and_then(|code| code.try_into().ok()).map(i32::from_ne_bytes);
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::Error::other("the kernel did not acknowledge the change of the loopback interface")),
    }
}

/// Sends the listener to the worker, over the socket that is standard input.
pub(super) fn send_listener(listener: &TcpListener) -> io::Result<()> {
    let listener = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&listener));
    sendmsg(io::stdin(), &[IoSlice::new(b"L")], &mut rights, SendFlags::empty())?;
    Ok(())
}

/// Receives the listener. Fails if the sender has ended without sending one.
pub(super) fn receive_listener(socket: impl AsFd) -> io::Result<TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut rights, RecvFlags::CMSG_CLOEXEC)?;
    let received: Option<OwnedFd> = rights.drain().find_map(|message| {
        let RecvAncillaryMessage::ScmRights(mut descriptors) = message else { return None };
        descriptors.next()
    });
    received.map(TcpListener::from).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
