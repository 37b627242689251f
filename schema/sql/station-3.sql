-- SPDX-License-Identifier: Apache-2.0
-- What couriers brought for cards: the newest record of each kind, until its card has it (enum sbk_parcel_kind, which
-- is also the order of delivery). Verified when it came; issuer is the certificate that the card will ask for.
CREATE TABLE parcel (
    alias BLOB NOT NULL CHECK (length(alias) = 8),
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
    number INTEGER NOT NULL,
    record BLOB NOT NULL,
    issuer BLOB NOT NULL,
    refused INTEGER NOT NULL DEFAULT 0,     -- how often (<< 16), and the card's last status word; three times: until it comes anew
    PRIMARY KEY (alias, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE courier (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    made INTEGER NOT NULL,
    taken INTEGER NOT NULL
) STRICT;
