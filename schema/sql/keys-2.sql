-- SPDX-License-Identifier: Apache-2.0
-- Hotlists (schema/hotlist.h) that left the office, and what goes onto the next one beside the cards, which city.db knows.

CREATE TABLE hotlist (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    issued INTEGER NOT NULL,
    made INTEGER NOT NULL,
    warn INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    record_hash BLOB NOT NULL CHECK (length(record_hash) = 32) -- of the whole list without its signature
) STRICT;

-- An entry stands on the lists from number since on and before number until; null: on the newest, too. So the change
-- from any list to the newest can be told.
CREATE TABLE hotlist_card (
    alias BLOB NOT NULL CHECK (length(alias) = 8),
    since INTEGER NOT NULL REFERENCES hotlist (number),
    until INTEGER REFERENCES hotlist (number),
    mandate INTEGER NOT NULL,
    PRIMARY KEY (alias, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE hotlist_terminal (
    terminal BLOB NOT NULL CHECK (length(terminal) = 12),
    since INTEGER NOT NULL REFERENCES hotlist (number),
    until INTEGER REFERENCES hotlist (number),
    PRIMARY KEY (terminal, since)
) STRICT, WITHOUT ROWID;

-- Revocations as officers said them; restored null: in force. Moments are UTC seconds.
CREATE TABLE revocation (
    number INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL REFERENCES terminal (id),
    revoked INTEGER NOT NULL,
    restored INTEGER
) STRICT;
CREATE UNIQUE INDEX revocation_in_force ON revocation (terminal) WHERE restored IS NULL;

-- CAs and signers whose keys are not to be trusted any more, by the number of their role.
CREATE TABLE distrust (
    number INTEGER PRIMARY KEY,
    role INTEGER NOT NULL CHECK (role BETWEEN 2 AND 5),
    generation INTEGER NOT NULL CHECK (generation BETWEEN 1 AND 127),
    said INTEGER NOT NULL,
    withdrawn INTEGER
) STRICT;
CREATE UNIQUE INDEX distrust_in_force ON distrust (role, generation) WHERE withdrawn IS NULL;
