# SPDX-License-Identifier: Apache-2.0
"""Every broken variant."""
import card
import hosts
import memory

VARIANTS = card.VARIANTS + hosts.VARIANTS + memory.VARIANTS
