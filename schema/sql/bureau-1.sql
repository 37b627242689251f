-- SPDX-License-Identifier: Apache-2.0
-- bureau.db, in the bureau's folder: which order became which chip. Nothing personal stands here: an order is known by
-- its number in the batch and its alias. Times are UTC seconds.

CREATE TABLE batch (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  number INTEGER NOT NULL,
  cards INTEGER NOT NULL CHECK (cards > 0),
  opened INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- pending: no chip yet. started: this chip is being written and is not closed. closing: this chip was told to close and
-- may be closed. done: this chip is closed and said so in a statement that was verified.
CREATE TABLE work (
  batch BLOB NOT NULL REFERENCES batch (id),
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  alias BLOB NOT NULL UNIQUE CHECK (length(alias) = 8),
  state TEXT NOT NULL CHECK (state IN ('pending', 'started', 'closing', 'done')),
  serial BLOB UNIQUE CHECK (length(serial) = 10),
  statement BLOB,
  changed INTEGER NOT NULL,
  PRIMARY KEY (batch, sequence),
  CHECK ((state = 'pending') = (serial IS NULL)),
  CHECK ((state = 'done') = (statement IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Chips on which an order failed before they were closed. One that is made after all leaves this table.
CREATE TABLE spoiled (
  serial BLOB PRIMARY KEY CHECK (length(serial) = 10),
  batch BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  reason TEXT NOT NULL,
  failed INTEGER NOT NULL,
  FOREIGN KEY (batch, sequence) REFERENCES work (batch, sequence)
) STRICT, WITHOUT ROWID;
