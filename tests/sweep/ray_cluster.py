"""Three machines of a cluster on this one: says its address, loses one when it reads a line."""

import sys
import time

from ray.cluster_utils import Cluster

ROOM = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


def main() -> None:
    """Run the cluster until the input ends."""
    cluster = Cluster(initialize_head=True, head_node_args={**ROOM, "include_dashboard": False})
    machines = [cluster.add_node(**ROOM) for _ in range(2)]
    print(cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(machines.pop(), allow_graceful=False)
        print(f"gone at {time.time()}", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
