//! The native peer of `npm run bench`: the operations that the wallet does in JavaScript, done by ark-lib 0.8.0.
//! Prints one JSON object: medians in microseconds and the coins that were timed, so that both sides work on
//! the same bytes.

use std::time::Instant;

use ark::arkoor::{ArkoorBuilder, ArkoorDestination};
use ark::board::BoardBuilder;
use ark::vtxo::{Full, Vtxo};
use ark::{ProtocolEncoding, VtxoPolicy};
use bitcoin::secp256k1::{rand, Keypair, Message, Secp256k1};
use bitcoin::{absolute, transaction, Amount, OutPoint, Transaction, TxOut};
use bitcoin_ext::{BlockDelta, BlockHeight};
use serde_json::json;

/// Median of `blocks` timings of `repeat` runs each, microseconds per run, after one warm-up block.
fn median(blocks: usize, repeat: usize, mut run: impl FnMut()) -> f64 {
	let mut times = Vec::with_capacity(blocks);
	for block in 0..=blocks {
		let start = Instant::now();
		for _ in 0..repeat {
			run();
		}
		if block > 0 {
			times.push(start.elapsed().as_secs_f64() * 1e6 / repeat as f64);
		}
	}
	times.sort_by(|a, b| a.total_cmp(b));
	times[times.len() / 2]
}

fn board(user: &Keypair, server: &Keypair) -> (Transaction, Vtxo<Full>) {
	let amount = Amount::from_sat(1_000_000);
	let fee = Amount::from_sat(330);
	let expiry = BlockHeight::new(100_000);
	let delta = BlockDelta::new(144);
	let builder = BoardBuilder::new(user.public_key(), expiry, server.public_key(), delta);
	let funding = Transaction {
		version: transaction::Version::TWO,
		lock_time: absolute::LockTime::ZERO,
		input: vec![],
		output: vec![TxOut { value: amount, script_pubkey: builder.funding_script_pubkey() }],
	};
	let utxo = OutPoint::new(funding.compute_txid(), 0);
	let builder = builder.set_funding_details(amount, fee, utxo).expect("funding").generate_user_nonces();
	let cosign = BoardBuilder::new_for_cosign(
		user.public_key(), expiry, server.public_key(), delta, amount, fee, utxo, *builder.user_pub_nonce(),
	).server_cosign(server);
	let vtxo = builder.build_vtxo(&cosign, user).expect("board");
	(funding, vtxo)
}

fn destinations(amount: Amount, to: &Keypair, change: &Keypair) -> Vec<ArkoorDestination> {
	let sent = Amount::from_sat(1_000);
	vec![
		ArkoorDestination { total_amount: amount - sent, policy: VtxoPolicy::new_pubkey(change.public_key()) },
		ArkoorDestination { total_amount: sent, policy: VtxoPolicy::new_pubkey(to.public_key()) },
	]
}

/// One checkpointed send: the first output goes on in the chain.
fn hop(vtxo: Vtxo<Full>, owner: &Keypair, other: &Keypair, server: &Keypair) -> Vtxo<Full> {
	let outputs = destinations(vtxo.amount(), other, owner);
	let user = ArkoorBuilder::new_with_checkpoint(vtxo, outputs, vec![]).expect("arkoor")
		.generate_user_nonces(*owner);
	let answer = ArkoorBuilder::from_cosign_request(user.cosign_request()).expect("request")
		.server_cosign(server).expect("server key")
		.cosign_response();
	user.user_cosign(owner, &answer).expect("cosign").build_signed_vtxos().remove(0)
}

fn main() {
	let secp = Secp256k1::new();
	let mut rng = rand::thread_rng();
	let user = Keypair::new(&secp, &mut rng);
	let other = Keypair::new(&secp, &mut rng);
	let server = Keypair::new(&secp, &mut rng);

	let digest = Message::from_digest([7; 32]);
	let signature = secp.sign_schnorr(&digest, &user);
	let xonly = user.x_only_public_key().0;
	let schnorr_verify = median(9, 2000, || secp.verify_schnorr(&signature, &digest, &xonly).expect("valid"));

	let (funding, first) = board(&user, &server);
	let mut chain = first;
	let mut coins = serde_json::Map::new();
	for hops in 1..=32 {
		chain = hop(chain, &user, &other, &server);
		let transitions = 2 * hops + 1;
		if transitions == 3 || transitions == 11 || transitions == 17 || transitions == 65 {
			let bytes = chain.serialize();
			let repeat = 600 / transitions;
			coins.insert(transitions.to_string(), json!({
				"vtxo": chain.serialize_hex(),
				"decodeValidate": median(9, repeat, || {
					let coin = Vtxo::<Full>::deserialize(&bytes).expect("decode");
					coin.validate(&funding).expect("valid");
				}),
			}));
		}
	}

	// The client's part of a send of one input to one output and change: nonces, check of the server, signatures.
	let (_, coin) = board(&user, &server);
	let outputs = destinations(coin.amount(), &other, &user);
	let server_answer = |request| ArkoorBuilder::from_cosign_request(request).expect("request")
		.server_cosign(&server).expect("server key").cosign_response();
	let mut client_times = Vec::new();
	for _ in 0..60 {
		let start = Instant::now();
		let builder = ArkoorBuilder::new_with_checkpoint(coin.clone(), outputs.clone(), vec![])
			.expect("arkoor").generate_user_nonces(user);
		let request = builder.cosign_request();
		let mut spent = start.elapsed();
		let answer = server_answer(request);
		let start = Instant::now();
		let signed = builder.user_cosign(&user, &answer).expect("cosign").build_signed_vtxos();
		spent += start.elapsed();
		assert_eq!(signed.len(), 2);
		client_times.push(spent.as_secs_f64() * 1e6);
	}
	client_times.sort_by(|a, b| a.total_cmp(b));

	println!("{}", json!({
		"peer": "ark-lib 0.8.0, release, thin LTO",
		"funding": bitcoin::consensus::encode::serialize_hex(&funding),
		"schnorrVerify": schnorr_verify,
		"coins": coins,
		"arkoorSend": client_times[client_times.len() / 2],
	}));
}
