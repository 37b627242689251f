# SPDX-License-Identifier: Apache-2.0
"""The card's code, RAM and stack on a Cortex-M0 beside their limits; judged by tools/cortex-m0 itself."""
import os
import shutil
import subprocess
import sys
import tempfile

COMPILER = "arm-none-eabi-gcc"


def main():
    if shutil.which(COMPILER) is None:
        print(f"  not measured: {COMPILER} is not here (tools/dependencies check installs it)")
        return 0
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="sembako-sizes-") as folder:
        return subprocess.run([os.path.join(os.environ["SBK_SOURCE"], "tools/cortex-m0"), folder], check=False).returncode


sys.exit(main())
