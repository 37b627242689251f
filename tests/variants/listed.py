# SPDX-License-Identifier: Apache-2.0
"""Every broken variant."""
import aging
import card
import days
import hosts
import logs
import memory

VARIANTS = aging.VARIANTS + card.VARIANTS + days.VARIANTS + hosts.VARIANTS + logs.VARIANTS + memory.VARIANTS
