-- SPDX-License-Identifier: Apache-2.0
-- A station's database. It knows cards by their alias only: no name, number or NIK stands here.

-- One row: who the station is and where it stands.
CREATE TABLE station (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    terminal BLOB NOT NULL CHECK (length(terminal) = 12),
    log_verifier TEXT NOT NULL,             -- C2SP note verifier of the log key
    next_transaction INTEGER NOT NULL CHECK (next_transaction BETWEEN 1 AND 4294967296),
    last_time INTEGER NOT NULL              -- newest time in the log, UTC seconds: a clock that runs back shows
) STRICT;

-- Roots that a person compared and pinned.
CREATE TABLE anchor (
    generation INTEGER PRIMARY KEY CHECK (generation BETWEEN 1 AND 127),
    key BLOB NOT NULL CHECK (length(key) = 64),
    next_hash BLOB NOT NULL CHECK (length(next_hash) = 32),
    until INTEGER NOT NULL,                 -- last day on which it counts; 65535: no end
    pinned INTEGER NOT NULL                 -- UTC seconds
) STRICT;

-- Certificates of CAs and signers (7F21), verified under a root whenever the station opens.
CREATE TABLE issuer (
    certificate BLOB PRIMARY KEY
) STRICT;

-- The station's own certificates as they came; the one with the highest number is in use.
CREATE TABLE installed (
    number INTEGER PRIMARY KEY,
    leaf BLOB NOT NULL,                     -- 7F21
    office_ca BLOB NOT NULL,                -- X.509, DER
    x509 BLOB NOT NULL,                     -- the station's
    city BLOB NOT NULL,
    installed INTEGER NOT NULL              -- UTC seconds
) STRICT;

-- Item and price lists as they came; the highest number is in force.
CREATE TABLE list (
    number INTEGER PRIMARY KEY,
    file BLOB NOT NULL
) STRICT;

-- Cards met before, so that their next tap is short. counter and entry_hash: the newest entry of its chain that the log
-- holds, null before any.
CREATE TABLE card (
    alias BLOB PRIMARY KEY CHECK (length(alias) = 8),
    certificate BLOB NOT NULL,              -- 7F21
    mandate BLOB,                           -- newest one seen, with signature
    counter INTEGER,
    entry_hash BLOB CHECK (entry_hash IS NULL OR length(entry_hash) = 32)
) STRICT, WITHOUT ROWID;

-- The audit log: canonical bytes (schema/log.h), leaves of an RFC 6962 tree. nodes: the hashes of the complete subtrees that
-- this leaf ends, from the leaf up; node (l, i), which covers leaves i * 2^l .. (i + 1) * 2^l - 1, stands with the last of
-- them. In one row, so that an append changes as few pages as can be.
CREATE TABLE log_entry (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    data BLOB NOT NULL,
    nodes BLOB NOT NULL CHECK (length(nodes) > 0 AND length(nodes) % 32 = 0)
) STRICT;
CREATE TRIGGER log_entry_update BEFORE UPDATE ON log_entry BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_entry_delete BEFORE DELETE ON log_entry BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Signed heads, whole notes.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- Transactions. outcome: enum sbk_sale_outcome; intent and receipt: positions in the log.
CREATE TABLE sale (
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
    operation INTEGER NOT NULL,             -- enum sbk_log_operation
    outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 5),
    words TEXT NOT NULL,                    -- the basket as asked, in one form; "void N"; empty for others
    time INTEGER NOT NULL,
    alias BLOB,
    counter INTEGER,
    intent INTEGER REFERENCES log_entry (position),
    receipt INTEGER REFERENCES log_entry (position)
) STRICT;
CREATE INDEX sale_open ON sale (alias) WHERE outcome = 1;
