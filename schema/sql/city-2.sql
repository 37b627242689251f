-- SPDX-License-Identifier: Apache-2.0
-- What the city sends after its cards by courier, and what comes back of it.

-- Notices name a card by its alias only; kind and number as in the record (C3).
CREATE TABLE notice (
  card INTEGER NOT NULL REFERENCES card (id) ON DELETE CASCADE,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  number INTEGER NOT NULL CHECK (number > 0),
  record BLOB NOT NULL,
  PRIMARY KEY (card, kind, number)
) STRICT, WITHOUT ROWID;

-- Couriers that left the office.
CREATE TABLE courier (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  made INTEGER NOT NULL,
  cards INTEGER NOT NULL,
  stations INTEGER NOT NULL,
  file_hash BLOB NOT NULL CHECK (length(file_hash) = 32)
) STRICT;

-- A card's signed word that it applied a mandate: the entry of its chain.
CREATE TABLE acknowledgement (
  card INTEGER NOT NULL REFERENCES card (id) ON DELETE CASCADE,
  mandate INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  entry BLOB NOT NULL CHECK (length(entry) = 182),
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (card, mandate)
) STRICT, WITHOUT ROWID;
