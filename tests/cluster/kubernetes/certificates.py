"""The cluster's own certificate authority, and who it knows by which name.

Kubernetes takes the user from a certificate's common name and the groups from its organizations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.kubernetes.network import Block

LIFETIME = timedelta(days=365)
CLOCK_DIFFERENCE = timedelta(hours=1)
NODE = "node"
OPERATOR = "operator"
MASTERS = "system:masters"
API_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to the API server, and by which names and addresses others reach it."""

    file: str
    user: str
    group: str = ""
    names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()


def identities(block: Block) -> list[Identity]:
    """Return everyone who needs a certificate."""
    api = (block.node, block.services[1], IPv4Address("127.0.0.1"))
    return [
        Identity("api-server", "kube-apiserver", names=API_NAMES, addresses=api),
        Identity("api-server-to-kubelet", "kube-apiserver-kubelet-client", MASTERS),
        Identity("admin", "admin", MASTERS),
        Identity(OPERATOR, OPERATOR, MASTERS),
        Identity("controller-manager", "system:kube-controller-manager"),
        Identity("scheduler", "system:kube-scheduler"),
        Identity("proxy", "system:kube-proxy"),
        Identity("kubelet", f"system:node:{NODE}", "system:nodes", (NODE,), (block.node,)),
    ]


def write_all(folder: Path, block: Block) -> None:
    """Write the authority, all certificates and the key of service accounts into ``folder``."""
    folder.mkdir(mode=0o700)
    authority = Authority()
    (folder / "ca.crt").write_bytes(_pem(authority.certificate))
    _write_key(folder / "ca.key", authority.key)
    for identity in identities(block):
        key = _new_key()
        (folder / f"{identity.file}.crt").write_bytes(_pem(authority.sign(identity, key)))
        _write_key(folder / f"{identity.file}.key", key)
    _write_key(folder / "service-accounts.key", _new_key())


class Authority:
    """Signs certificates that everyone in the cluster trusts."""

    def __init__(self) -> None:
        self.key = _new_key()
        name = _name("cluster-authority")
        builder = _builder(name, name, self.key, authority=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def sign(self, identity: Identity, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """Return a certificate of ``identity``, for clients and servers alike."""
        subject = _name(identity.user, identity.group)
        builder = _builder(subject, self.certificate.subject, key, authority=False)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
            critical=False,
        ).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        if others := list(_other_names(identity)):
            builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_DIFFERENCE)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_key_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(user: str, group: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    if group:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)


def _other_names(identity: Identity) -> Iterable[x509.GeneralName]:
    yield from map(x509.DNSName, identity.names)
    yield from map(x509.IPAddress, identity.addresses)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
