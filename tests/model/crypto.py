# SPDX-License-Identifier: Apache-2.0
"""The primitives that the client and the issuer of the tests need, from python3-cryptography."""
from cryptography.hazmat.primitives import cmac as _cmac
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def cmac(key, data):
    mac = _cmac.CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def aes_ecb(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def aes_cbc(key, iv, data, decrypt=False):
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    context = cipher.decryptor() if decrypt else cipher.encryptor()
    return context.update(data) + context.finalize()


def pad80(data):
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


def unpad80(data):
    stripped = data.rstrip(b"\0")
    if not stripped or stripped[-1] != 0x80:
        raise ValueError("padding is not 80 00..")
    return stripped[:-1]


def new_key():
    return ec.generate_private_key(CURVE)


def key_of(number):
    """A private key with a fixed number, for traces that must repeat."""
    return ec.derive_private_key(number, CURVE)


def point(key):
    """04 X Y of a private or public key."""
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def compressed(key):
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def public_key(encoded):
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, encoded)


def ecdh(private, peer_point):
    return private.exchange(ec.ECDH(), public_key(peer_point))


def signer(private):
    def sign(data):
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def verify(public, data, signature):
    """Raises InvalidSignature."""
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    public.verify(der, data, ec.ECDSA(hashes.SHA256()))
