-- SPDX-License-Identifier: Apache-2.0
-- What the office issued (keys.db in the city's store). Days are days since 1970-01-01, moments UTC seconds.

-- A terminal and its present keys. Others under the same id need its own word for it, or there would be another log under
-- the same name.
CREATE TABLE terminal (
    id TEXT PRIMARY KEY,
    agreement_key BLOB NOT NULL CHECK (length(agreement_key) = 64),
    log_key TEXT NOT NULL,
    x509_key BLOB NOT NULL CHECK (length(x509_key) = 64)
) STRICT;

CREATE TABLE issued_terminal (
    number INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL REFERENCES terminal (id),
    role INTEGER NOT NULL,
    outlet TEXT NOT NULL,
    kelurahan TEXT NOT NULL,
    programmes INTEGER NOT NULL,
    effective INTEGER NOT NULL,
    expiry INTEGER NOT NULL CHECK (expiry >= effective),
    ca_generation INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    x509_serial BLOB NOT NULL,
    issued INTEGER NOT NULL
) STRICT;
CREATE INDEX issued_terminal_by_terminal ON issued_terminal (terminal, number);

CREATE TABLE office (
    name TEXT PRIMARY KEY,
    x509_key BLOB NOT NULL CHECK (length(x509_key) = 64)
) STRICT;

CREATE TABLE issued_office (
    number INTEGER PRIMARY KEY,
    office TEXT NOT NULL REFERENCES office (name),
    effective INTEGER NOT NULL,
    expiry INTEGER NOT NULL CHECK (expiry >= effective),
    x509_serial BLOB NOT NULL,
    issued INTEGER NOT NULL
) STRICT;

CREATE TABLE signed_list (
    number INTEGER PRIMARY KEY,
    issued INTEGER NOT NULL,
    items INTEGER NOT NULL,
    record_hash BLOB NOT NULL CHECK (length(record_hash) = 32) -- of the record without its signature
) STRICT;
