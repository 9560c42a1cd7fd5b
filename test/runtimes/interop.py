"""A client from outside, which shares no line of code with the pipeline: Confluent's own client with its Avro.

`interop.py read FILE` writes every committed record of the prefix to FILE, one JSON object a line, and prints how many each
topic has. `interop.py write` writes records with their registered schemas and prints where they came to lie. Both read
their task from standard input, as JSON.
"""

import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TIMEOUT_S = 60


def read(task, file):
    """From the first offset of every partition to its end. What is aborted and what marks an end is not delivered."""
    consumer = Consumer(
        {
            "bootstrap.servers": task["brokers"],
            "group.id": f"{task['prefix']}from-outside",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    known = consumer.list_topics(timeout=TIMEOUT_S).topics
    topics = {name: known[name] for name in sorted(known) if name.startswith(task["prefix"])}
    places = [
        TopicPartition(name, partition, OFFSET_BEGINNING)
        for name, topic in topics.items()
        for partition in topic.partitions
    ]
    consumer.assign(places)
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": task["registry"]}))
    counts = {name: {"records": 0, "tombstones": 0} for name in topics}
    unread = {(place.topic, place.partition) for place in places}
    with open(file, "w", encoding="utf-8") as lines:
        deadline = time.monotonic() + TIMEOUT_S
        while unread:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no end of {sorted(unread)} within {TIMEOUT_S} s")
            for message in consumer.consume(1_000, timeout=0.1):
                name, error = message.topic(), message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    unread.discard((name, message.partition()))
                    continue
                if error is not None:
                    raise KafkaException(error)
                value = deserialize(message.value(), SerializationContext(name, MessageField.VALUE))
                counts[name]["tombstones" if message.value() is None else "records"] += 1
                record = {
                    "topic": name[len(task["prefix"]) :],
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "at_ms": message.timestamp()[1],
                    "key": message.key().decode(),
                    "value": value,
                }
                lines.write(json.dumps(record, allow_nan=False) + "\n")
    consumer.close()
    return counts


def write(task):
    """Each record goes where the partitioner of Java's client would put its key, under the schema that is registered."""
    producer = Producer({"bootstrap.servers": task["brokers"], "partitioner": "murmur2_random"})
    registered = {"auto.register.schemas": False, "use.latest.version": True}
    serialize = AvroSerializer(SchemaRegistryClient({"url": task["registry"]}), conf=registered)
    written = []

    def delivered(error, message):
        if error is not None:
            raise KafkaException(error)
        written.append({"topic": message.topic(), "partition": message.partition(), "offset": message.offset()})

    for record in task["records"]:
        name = task["prefix"] + record["topic"]
        value = serialize(record["value"], SerializationContext(name, MessageField.VALUE))
        producer.produce(name, key=record["key"].encode(), value=value, on_delivery=delivered)
    if producer.flush(TIMEOUT_S) > 0:
        raise TimeoutError(f"not delivered within {TIMEOUT_S} s")
    return written


task = json.load(sys.stdin)
print(json.dumps(read(task, sys.argv[2]) if sys.argv[1] == "read" else write(task)))
