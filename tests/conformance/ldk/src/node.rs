// One node: LDK's OnionMessenger and OffersMessageFlow, and what an application does with their messages — as a server it
// keeps static invoices by recipient and slot and stores messages for peers that sleep; as a payer it asks for the release
// of money that it would hold back.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use lightning::bitcoin::constants::ChainHash;
use lightning::bitcoin::secp256k1::{self, PublicKey, Secp256k1};
use lightning::bitcoin::Network;
use lightning::blinded_path::message::{
    AsyncPaymentsContext, BlindedMessagePath, MessageContext, MessageForwardNode, NextMessageHop,
    OffersContext,
};
use lightning::blinded_path::{EmptyNodeIdLookUp, IntroductionNode};
use lightning::chain::BlockLocator;
use lightning::events::{Event, EventsProvider, ReplayEvent};
use lightning::ln::msgs::OnionMessage;
use lightning::ln::peer_handler::{
    ErroringMessageHandler, IgnoringMessageHandler, MessageHandler, PeerManager,
};
use lightning::offers::flow::{HeldHtlcReplyPath, InvreqResponseInstructions, OffersMessageFlow};
use lightning::offers::static_invoice::StaticInvoice;
use lightning::onion_message::async_payments::{
    AsyncPaymentsMessage, AsyncPaymentsMessageHandler, HeldHtlcAvailable, OfferPaths,
    OfferPathsRequest, ReleaseHeldHtlc, ServeStaticInvoice, StaticInvoicePersisted,
};
use lightning::onion_message::messenger::{
    Destination, MessageRouter, MessageSendInstructions, OnionMessagePath, OnionMessenger,
    Responder, ResponseInstruction,
};
use lightning::onion_message::offers::{OffersMessage, OffersMessageHandler};
use lightning::sign::{EntropySource, KeysManager, NodeSigner, ReceiveAuthKey, Recipient};
use lightning::util::logger::{Logger, Record};
use lightning::util::ser::Writeable;

use crate::control::{hex, say};
use crate::net::Socket;

pub struct Log;
impl Logger for Log {
    fn log(&self, record: Record) {
        if std::env::var("LDK_LOG").is_ok() {
            eprintln!("{} {}", record.module_path, record.args);
        }
    }
}

/// Paths of one hop for the server, over the server for everybody else.
pub struct Router {
    hub: Option<PublicKey>,
    keys: Arc<KeysManager>,
}

impl MessageRouter for Router {
    fn find_path(
        &self,
        sender: PublicKey,
        peers: Vec<PublicKey>,
        destination: Destination,
    ) -> Result<OnionMessagePath, ()> {
        let first = match &destination {
            Destination::Node(id) => *id,
            Destination::BlindedPath(path) => match path.introduction_node() {
                IntroductionNode::NodeId(id) => *id,
                IntroductionNode::DirectedShortChannelId(..) => return Err(()),
            },
        };
        let near = first == sender || peers.contains(&first);
        let intermediate_nodes = match self.hub {
            Some(hub) if !near => vec![hub],
            _ => vec![],
        };
        Ok(OnionMessagePath {
            intermediate_nodes,
            destination,
            first_node_addresses: vec![],
        })
    }

    fn create_blinded_paths<T: secp256k1::Signing + secp256k1::Verification>(
        &self,
        recipient: PublicKey,
        key: ReceiveAuthKey,
        context: MessageContext,
        _peers: Vec<MessageForwardNode>,
        secp: &Secp256k1<T>,
    ) -> Result<Vec<BlindedMessagePath>, ()> {
        let through: Vec<MessageForwardNode> = self
            .hub
            .iter()
            .map(|id| MessageForwardNode {
                node_id: *id,
                short_channel_id: None,
            })
            .collect();
        Ok(vec![BlindedMessagePath::new(
            &through,
            recipient,
            key,
            context,
            false,
            &*self.keys,
            secp,
        )])
    }
}

pub struct Node {
    pub keys: Arc<KeysManager>,
    pub flow: OffersMessageFlow<Arc<Router>, Arc<Log>>,
    hub: Option<PublicKey>,
    /// By recipient and slot: the invoice, and where requests for one go.
    invoices: Mutex<HashMap<(Vec<u8>, u16), (StaticInvoice, BlindedMessagePath)>>,
}

type Messenger = OnionMessenger<
    Arc<KeysManager>,
    Arc<KeysManager>,
    Arc<Log>,
    EmptyNodeIdLookUp,
    Arc<Router>,
    Arc<Node>,
    Arc<Node>,
    IgnoringMessageHandler,
    IgnoringMessageHandler,
>;

type Peers = PeerManager<
    Socket,
    Arc<ErroringMessageHandler>,
    IgnoringMessageHandler,
    Arc<Messenger>,
    Arc<Log>,
    IgnoringMessageHandler,
    Arc<KeysManager>,
    IgnoringMessageHandler,
>;

pub struct Running {
    pub id: PublicKey,
    pub node: Arc<Node>,
    pub peers: Peers,
    messenger: Arc<Messenger>,
    /// Messages for peers that are not there.
    mailbox: Mutex<HashMap<PublicKey, Vec<OnionMessage>>>,
}

pub fn start(seed: [u8; 32], hub: Option<PublicKey>) -> Arc<Running> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let keys = Arc::new(KeysManager::new(
        &seed,
        now.as_secs(),
        now.subsec_nanos(),
        true,
    ));
    let log = Arc::new(Log);
    let id = keys.get_node_id(Recipient::Node).expect("a node id");
    let router = Arc::new(Router {
        hub,
        keys: Arc::clone(&keys),
    });
    let flow = OffersMessageFlow::new(
        ChainHash::using_genesis_block(Network::Regtest),
        BlockLocator::from_network(Network::Regtest),
        id,
        now.as_secs() as u32,
        keys.get_expanded_key(),
        keys.get_receive_auth_key(),
        Secp256k1::new(),
        Arc::clone(&router),
        Arc::clone(&log),
    );
    let node = Arc::new(Node {
        keys: Arc::clone(&keys),
        flow,
        hub,
        invoices: Mutex::default(),
    });
    let messenger = Arc::new(OnionMessenger::new_with_offline_peer_interception(
        Arc::clone(&keys),
        Arc::clone(&keys),
        Arc::clone(&log),
        EmptyNodeIdLookUp {},
        router,
        Arc::clone(&node),
        Arc::clone(&node),
        IgnoringMessageHandler {},
        IgnoringMessageHandler {},
        false,
    ));
    let handler = MessageHandler {
        chan_handler: Arc::new(ErroringMessageHandler::new()),
        route_handler: IgnoringMessageHandler {},
        onion_message_handler: Arc::clone(&messenger),
        custom_message_handler: IgnoringMessageHandler {},
        send_only_message_handler: IgnoringMessageHandler {},
    };
    let random = keys.get_secure_random_bytes();
    let peers = PeerManager::new(handler, now.as_secs() as u32, &random, log, keys);
    Arc::new(Running {
        id,
        node,
        peers,
        messenger,
        mailbox: Mutex::default(),
    })
}

impl Running {
    /// Stores what came for peers that are away, and hands it over when they are back.
    pub fn deliver(&self) {
        let handle = |event: Event| -> Result<(), ReplayEvent> {
            match event {
                Event::OnionMessageIntercepted {
                    next_hop: NextMessageHop::NodeId(id),
                    message,
                    ..
                } => {
                    self.mailbox
                        .lock()
                        .unwrap()
                        .entry(id)
                        .or_default()
                        .push(message);
                    say(&format!(r#"{{"event":"stored","for":"{id}"}}"#));
                }
                Event::OnionMessagePeerConnected { peer_node_id } => {
                    let waiting = self
                        .mailbox
                        .lock()
                        .unwrap()
                        .remove(&peer_node_id)
                        .unwrap_or_default();
                    say(&format!(
                        r#"{{"event":"connected","peer":"{peer_node_id}","stored":{}}}"#,
                        waiting.len()
                    ));
                    for message in waiting {
                        let _ = self.messenger.forward_onion_message(message, &peer_node_id);
                    }
                }
                _ => {}
            }
            Ok(())
        };
        self.messenger.process_pending_events(&handle);
    }
}

impl Node {
    pub fn peers(&self) -> Vec<MessageForwardNode> {
        self.hub
            .iter()
            .map(|id| MessageForwardNode {
                node_id: *id,
                short_channel_id: None,
            })
            .collect()
    }

    /// As a server: the request goes on to the recipient, the static invoice to the payer.
    fn requested(
        &self,
        recipient: Vec<u8>,
        slot: u16,
        request: lightning::offers::invoice_request::InvoiceRequest,
        responder: Responder,
    ) {
        let stored = self
            .invoices
            .lock()
            .unwrap()
            .get(&(recipient, slot))
            .cloned();
        let Some((invoice, path)) = stored else {
            return;
        };
        self.flow
            .enqueue_invoice_request_to_forward(request, path, responder.clone());
        let sent = self.flow.enqueue_static_invoice(invoice, responder).is_ok();
        say(&format!(
            r#"{{"event":"served","slot":{slot},"sent":{sent}}}"#
        ));
    }
}

impl OffersMessageHandler for Node {
    fn handle_message(
        &self,
        message: OffersMessage,
        context: Option<OffersContext>,
        responder: Option<Responder>,
    ) -> Option<(OffersMessage, ResponseInstruction)> {
        match message {
            OffersMessage::InvoiceRequest(request) => {
                if let Ok(InvreqResponseInstructions::SendStaticInvoice {
                    recipient_id,
                    invoice_slot,
                    invoice_request,
                }) = self.flow.verify_invoice_request(request, context)
                {
                    self.requested(recipient_id, invoice_slot, invoice_request, responder?);
                }
            }
            OffersMessage::Invoice(invoice) => {
                match self.flow.verify_bolt12_invoice(&invoice, context.as_ref()) {
                    Ok(id) => say(&format!(
                        r#"{{"event":"invoice","payment_id":"{}","invoice":"{}"}}"#,
                        hex(&id.0),
                        hex(&invoice.encode())
                    )),
                    Err(()) => say(r#"{"event":"invoice-refused"}"#),
                }
            }
            OffersMessage::StaticInvoice(invoice) => {
                if let Some(OffersContext::OutboundPaymentForOffer { payment_id, .. }) = context {
                    say(&format!(
                        r#"{{"event":"static-invoice","payment_id":"{}","invoice":"{}"}}"#,
                        hex(&payment_id.0),
                        hex(&invoice.encode())
                    ));
                    let reply = HeldHtlcReplyPath::ToUs {
                        payment_id,
                        peers: self.peers(),
                    };
                    let _ = self.flow.enqueue_held_htlc_available(&invoice, reply);
                }
            }
            OffersMessage::InvoiceError(error) => say(&format!(
                r#"{{"event":"invoice-error","text":"{}"}}"#,
                hex(error.message.to_string().as_bytes())
            )),
        }
        None
    }

    fn release_pending_messages(&self) -> Vec<(OffersMessage, MessageSendInstructions)> {
        self.flow.release_pending_offers_messages()
    }
}

impl AsyncPaymentsMessageHandler for Node {
    fn handle_offer_paths_request(
        &self,
        message: OfferPathsRequest,
        context: AsyncPaymentsContext,
        responder: Option<Responder>,
    ) -> Option<(OfferPaths, ResponseInstruction)> {
        let slot = message.invoice_slot;
        let (paths, context) = self
            .flow
            .handle_offer_paths_request(&message, context, vec![])?;
        say(&format!(
            r#"{{"event":"offer-paths-request","slot":{slot}}}"#
        ));
        Some((paths, responder?.respond_with_reply_path(context)))
    }

    fn handle_offer_paths(
        &self,
        _: OfferPaths,
        _: AsyncPaymentsContext,
        _: Option<Responder>,
    ) -> Option<(ServeStaticInvoice, ResponseInstruction)> {
        None
    }

    fn handle_serve_static_invoice(
        &self,
        message: ServeStaticInvoice,
        context: AsyncPaymentsContext,
        responder: Option<Responder>,
    ) {
        match self
            .flow
            .verify_serve_static_invoice_message(&message, context)
        {
            Ok((recipient, slot)) => {
                let kept = (
                    message.invoice.clone(),
                    message.forward_invoice_request_path,
                );
                self.invoices
                    .lock()
                    .unwrap()
                    .insert((recipient, slot), kept);
                say(&format!(
                    r#"{{"event":"kept","slot":{slot},"invoice":"{}"}}"#,
                    hex(&message.invoice.encode())
                ));
                if let Some(responder) = responder {
                    self.flow.static_invoice_persisted(responder);
                }
            }
            Err(()) => say(r#"{"event":"serve-refused"}"#),
        }
    }

    fn handle_static_invoice_persisted(&self, _: StaticInvoicePersisted, _: AsyncPaymentsContext) {}

    fn handle_held_htlc_available(
        &self,
        _: HeldHtlcAvailable,
        _: AsyncPaymentsContext,
        _: Option<Responder>,
    ) -> Option<(ReleaseHeldHtlc, ResponseInstruction)> {
        None
    }

    fn handle_release_held_htlc(&self, _: ReleaseHeldHtlc, context: AsyncPaymentsContext) {
        if let AsyncPaymentsContext::OutboundPayment { payment_id } = context {
            say(&format!(
                r#"{{"event":"released","payment_id":"{}"}}"#,
                hex(&payment_id.0)
            ));
        }
    }

    fn release_pending_messages(&self) -> Vec<(AsyncPaymentsMessage, MessageSendInstructions)> {
        self.flow.release_pending_async_messages()
    }
}
