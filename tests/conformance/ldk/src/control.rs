// Commands from standard input, one in a line:
//   paths <recipient id, hex>            what the recipient is to be configured with
//   pay <offer> <msat> <payment id, hex> asks for an invoice
//   peers                                who is connected to the server
//   disconnect <node id>                 drops a peer of the server
use std::io::{stdin, BufRead, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use lightning::bitcoin::secp256k1::PublicKey;
use lightning::ln::channelmanager::PaymentId;
use lightning::offers::nonce::Nonce;
use lightning::offers::offer::Offer;
use lightning::util::ser::Writeable;

use crate::node::Running;

pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
        .collect()
}

pub fn serve(server: &Arc<Running>, payer: &Arc<Running>) {
    for line in stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["paths", id] => {
                let day = Some(Duration::from_secs(86_400));
                let paths =
                    server
                        .node
                        .flow
                        .blinded_paths_for_async_recipient(unhex(id), day, vec![]);
                let all: Vec<String> = paths
                    .expect("paths")
                    .iter()
                    .map(|p| format!("\"{}\"", hex(&p.encode())))
                    .collect();
                say(&format!(
                    r#"{{"event":"paths","paths":[{}]}}"#,
                    all.join(",")
                ));
            }
            ["pay", offer, msat, id] => {
                let result = ask(payer, offer, msat.parse().expect("an amount"), unhex(id));
                if let Err(reason) = result {
                    say(&format!(r#"{{"event":"refused","reason":"{reason}"}}"#));
                }
            }
            ["peers"] => {
                let all: Vec<String> = server
                    .peers
                    .list_peers()
                    .iter()
                    .map(|p| format!("\"{}\"", p.counterparty_node_id))
                    .collect();
                say(&format!(
                    r#"{{"event":"peers","peers":[{}]}}"#,
                    all.join(",")
                ));
            }
            ["disconnect", id] => {
                server
                    .peers
                    .disconnect_by_node_id(PublicKey::from_str(id).expect("a node id"));
            }
            _ => say(r#"{"event":"refused","reason":"unknown command"}"#),
        }
    }
}

fn ask(payer: &Arc<Running>, offer: &str, msat: u64, id: Vec<u8>) -> Result<(), String> {
    let offer = Offer::from_str(offer).map_err(|e| format!("{e:?}"))?;
    let payment_id = PaymentId(id.try_into().expect("32 bytes"));
    let nonce = Nonce::from_entropy_source(&*payer.node.keys);
    let flow = &payer.node.flow;
    let request = flow
        .create_invoice_request_builder(&offer, nonce, payment_id)
        .and_then(|builder| builder.amount_msats(msat))
        .and_then(|builder| builder.build_and_sign())
        .map_err(|e| format!("{e:?}"))?;
    flow.enqueue_invoice_request(request, payment_id, payer.node.peers())
        .map_err(|e| format!("{e:?}"))
}
