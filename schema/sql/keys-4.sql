-- SPDX-License-Identifier: Apache-2.0
-- Keys that a terminal had before its present ones: what they signed stays theirs. until: the moment from which on the city
-- certified the next ones, UTC seconds.
CREATE TABLE former_terminal_key (
    terminal TEXT NOT NULL REFERENCES terminal (id),
    number INTEGER NOT NULL CHECK (number > 0),
    agreement_key BLOB NOT NULL CHECK (length(agreement_key) = 64),
    log_key TEXT NOT NULL,
    x509_key BLOB NOT NULL CHECK (length(x509_key) = 64),
    until INTEGER NOT NULL,
    PRIMARY KEY (terminal, number)
) STRICT, WITHOUT ROWID;
