// Sockets under LDK's PeerManager: a thread for each connection reads, writes block, and one thread turns the crank.
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lightning::bitcoin::secp256k1::PublicKey;
use lightning::ln::peer_handler::SocketDescriptor;

use crate::node::Running;

static NEXT: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
pub struct Socket {
    number: u64,
    stream: Arc<Mutex<TcpStream>>,
}

impl Socket {
    fn new(stream: &TcpStream) -> Self {
        let stream = Arc::new(Mutex::new(stream.try_clone().expect("a second handle")));
        Socket {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            stream,
        }
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Socket {}
impl Hash for Socket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl SocketDescriptor for Socket {
    fn send_data(&mut self, data: &[u8], _continue_read: bool) -> usize {
        match self.stream.lock().unwrap().write_all(data) {
            Ok(()) => data.len(),
            Err(_) => 0,
        }
    }
    fn disconnect_socket(&mut self) {
        let _ = self.stream.lock().unwrap().shutdown(Shutdown::Both);
    }
}

fn read(mut stream: TcpStream, mut socket: Socket, node: Arc<Running>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let length = stream.read(&mut buffer).unwrap_or(0);
            if length == 0 {
                return node.peers.socket_disconnected(&socket);
            }
            if node
                .peers
                .read_event(&mut socket, &buffer[..length])
                .is_err()
            {
                return socket.disconnect_socket();
            }
            node.peers.process_events();
        }
    });
}

pub fn accept(listener: TcpListener, node: Arc<Running>) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let socket = Socket::new(&stream);
            if node
                .peers
                .new_inbound_connection(socket.clone(), None)
                .is_ok()
            {
                read(stream, socket, Arc::clone(&node));
            }
        }
    });
}

pub fn dial(stream: TcpStream, node: &Arc<Running>, to: PublicKey) {
    let mut socket = Socket::new(&stream);
    let first = node
        .peers
        .new_outbound_connection(to, socket.clone(), None)
        .expect("act one");
    socket.send_data(&first, true);
    read(stream, socket, Arc::clone(node));
}

pub fn turn(node: Arc<Running>) {
    thread::spawn(move || loop {
        node.peers.process_events();
        node.deliver();
        thread::sleep(Duration::from_millis(10));
    });
}
