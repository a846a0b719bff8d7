// Two nodes of LDK without channels, in one process: a static-invoice server that others reach over TCP, and a payer that
// reaches everybody through it. Commands come in as lines, what happens goes out as lines of JSON.
mod control;
mod net;
mod node;

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let server = node::start([1; 32], None);
    let payer = node::start([2; 32], Some(server.id));
    net::accept(listener, Arc::clone(&server));
    net::dial(
        TcpStream::connect(("127.0.0.1", port)).expect("the server"),
        &payer,
        server.id,
    );
    net::turn(Arc::clone(&server));
    net::turn(Arc::clone(&payer));
    control::say(&format!(
        r#"{{"event":"listening","port":{port},"server":"{}","payer":"{}"}}"#,
        server.id, payer.id
    ));
    control::serve(&server, &payer);
}
