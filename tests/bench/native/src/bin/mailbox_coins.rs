//! Coins for the mailbox tests, made by ark-lib 0.8.0: each is the leaf of a tree of checkpointed transfers five deep,
//! four outputs at every knot, and pays a key of its own, m/350'/0'/i of the wallet with the given seed.
//!
//! `mailbox_coins <number> <server secret, hex> <wallet seed, hex>` prints one JSON object:
//! `{ fundings: [transaction…], coins: [full VTXO…] }`, in hex.

use std::str::FromStr;

use ark::arkoor::{ArkoorBuilder, ArkoorDestination};
use ark::board::BoardBuilder;
use ark::vtxo::{Full, Vtxo};
use ark::{ProtocolEncoding, VtxoPolicy};
use bitcoin::bip32::{DerivationPath, Xpriv};
use bitcoin::hex::FromHex;
use bitcoin::secp256k1::{rand, Keypair, PublicKey, Secp256k1, SecretKey};
use bitcoin::{absolute, transaction, Amount, Network, OutPoint, Transaction, TxOut};
use bitcoin_ext::{BlockDelta, BlockHeight};
use serde_json::json;

const DEPTH: u32 = 5;
const FANOUT: usize = 4;
const LEAVES: usize = FANOUT.pow(DEPTH);
const BOARD_FEE: Amount = Amount::from_sat(330);

/// Never below the dust limit, and seldom the same twice in a row.
fn amount_of(index: usize) -> Amount {
	Amount::from_sat(1_000 + (index as u64 * 7) % 500)
}

fn board(total: Amount, user: &Keypair, server: &Keypair) -> (Transaction, Vtxo<Full>) {
	let expiry = BlockHeight::new(100_000);
	let delta = BlockDelta::new(144);
	let amount = total + BOARD_FEE;
	let builder = BoardBuilder::new(user.public_key(), expiry, server.public_key(), delta);
	let funding = Transaction {
		version: transaction::Version::TWO,
		lock_time: absolute::LockTime::ZERO,
		input: vec![],
		output: vec![TxOut { value: amount, script_pubkey: builder.funding_script_pubkey() }],
	};
	let utxo = OutPoint::new(funding.compute_txid(), 0);
	let builder = builder.set_funding_details(amount, BOARD_FEE, utxo).expect("funding").generate_user_nonces();
	let cosign = BoardBuilder::new_for_cosign(
		user.public_key(), expiry, server.public_key(), delta, amount, BOARD_FEE, utxo, *builder.user_pub_nonce(),
	).server_cosign(server);
	let vtxo = builder.build_vtxo(&cosign, user).expect("board");
	(funding, vtxo)
}

fn transfer(from: Vtxo<Full>, owner: &Keypair, server: &Keypair, to: Vec<ArkoorDestination>) -> Vec<Vtxo<Full>> {
	let user = ArkoorBuilder::new_with_checkpoint(from, to, vec![]).expect("arkoor").generate_user_nonces(*owner);
	let answer = ArkoorBuilder::from_cosign_request(user.cosign_request()).expect("request")
		.server_cosign(server).expect("server key").cosign_response();
	user.user_cosign(owner, &answer).expect("cosign").build_signed_vtxos()
}

/// Splits `knot` into the leaves `first..last`, knots of equal size on the way.
fn split(
	knot: Vtxo<Full>,
	leaves: &[(PublicKey, Amount)],
	owner: &Keypair,
	server: &Keypair,
	out: &mut Vec<Vtxo<Full>>,
) {
	let parts = leaves.chunks(leaves.len() / FANOUT).collect::<Vec<_>>();
	let to = parts.iter().map(|part| ArkoorDestination {
		total_amount: part.iter().map(|(_, amount)| *amount).sum(),
		policy: VtxoPolicy::new_pubkey(if part.len() == 1 { part[0].0 } else { owner.public_key() }),
	}).collect();
	let children = transfer(knot, owner, server, to);
	if leaves.len() == FANOUT {
		out.extend(children);
		return;
	}
	for (child, part) in children.into_iter().zip(parts) {
		split(child, part, owner, server, out);
	}
}

fn main() {
	let args = std::env::args().collect::<Vec<_>>();
	let number = args[1].parse::<usize>().expect("number of coins");
	let secp = Secp256k1::new();
	let server = Keypair::from_secret_key(&secp, &SecretKey::from_str(&args[2]).expect("server secret"));
	let seed = Vec::<u8>::from_hex(&args[3]).expect("seed");
	let payer = Keypair::new(&secp, &mut rand::thread_rng());
	let account = Xpriv::new_master(Network::Regtest, &seed).expect("seed")
		.derive_priv(&secp, &DerivationPath::from_str("m/350'/0'").expect("path")).expect("account");
	let key_of = |index: usize| {
		let path = DerivationPath::from_str(&format!("m/{}", index)).expect("path");
		account.derive_priv(&secp, &path).expect("key").to_keypair(&secp).public_key()
	};

	let mut fundings = Vec::new();
	let mut coins = Vec::with_capacity(number);
	while coins.len() < number {
		let first = coins.len();
		let leaves = (first..first + LEAVES).map(|i| (key_of(i), amount_of(i))).collect::<Vec<_>>();
		let (funding, knot) = board(leaves.iter().map(|(_, amount)| *amount).sum(), &payer, &server);
		fundings.push(bitcoin::consensus::encode::serialize_hex(&funding));
		split(knot, &leaves, &payer, &server, &mut coins);
	}
	coins.truncate(number);
	println!("{}", json!({
		"fundings": fundings,
		"coins": coins.iter().map(|coin| coin.serialize_hex()).collect::<Vec<_>>(),
	}));
}
