# Reads a broker from outside, with Confluent's client: committed records and what groups have committed. It shares no line
# of code with what it watches, and judges nothing. Commands come as JSON lines, and each gets one JSON line back.
import json
import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, KafkaError
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

brokers, registry, prefix, fields = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
decode = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "log_level": 0,
        "group.id": "witness",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "fetch.wait.max.ms": 20,
        "fetch.error.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
    }
)
arrived = {}
records = []


def places():
    topics = admin.list_topics(timeout=20).topics
    return [
        (topic.topic, partition)
        for topic in topics.values()
        if topic.topic.startswith(prefix) and topic.error is None
        for partition in topic.partitions
    ]


def ends(which, isolation):
    wanted = {TopicPartition(topic, partition): OffsetSpec.latest() for topic, partition in which}
    answers = admin.list_offsets(wanted, isolation_level=isolation, request_timeout=20)
    return {(tp.topic, tp.partition): answer.result().offset for tp, answer in answers.items()}


def assign(which):
    missing = [place for place in which if place not in arrived]
    if not missing:
        return
    for place in missing:
        arrived[place] = 0
    consumer.assign([TopicPartition(topic, partition, at) for (topic, partition), at in arrived.items()])


def look():
    """Everything that was committed before the call and has not been handed over yet. What a failed call has read is kept."""
    which = [place for place in places() if place[0][len(prefix):] in fields]
    assign(which)
    stable = ends(which, IsolationLevel.READ_COMMITTED)
    behind = {place for place in which if arrived[place] < stable[place]}
    while behind:
        message = consumer.poll(20)
        if message is None:
            return {"error": f"no record in 20 s, behind in {sorted(behind)}"}
        place = (message.topic(), message.partition())
        if message.error() is None:
            name = message.topic()[len(prefix):]
            key = message.key().decode() if message.key() is not None else None
            value = message.value()
            picked = None
            if value is not None:
                record = decode(value, None)
                picked = [record[field] for field in fields[name]]
            records.append([name, message.partition(), message.offset(), key, picked])
            arrived[place] = message.offset() + 1
        elif message.error().code() == KafkaError._PARTITION_EOF:
            # The end counts control records and what was aborted, too.
            arrived[place] = max(arrived[place], message.offset())
        elif not message.error().retriable() and message.error().code() not in passing:
            return {"error": str(message.error())}
        if arrived.get(place, 0) >= stable.get(place, 0):
            behind.discard(place)
    told = list(records)
    records.clear()
    return {"records": told}


passing = {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE}


def offsets(groups):
    """Ends of all partitions, and what each group has committed of them."""
    which = places()
    committed = {}
    for group in groups:
        asked = ConsumerGroupTopicPartitions(prefix + group)
        answer = admin.list_consumer_group_offsets([asked], request_timeout=20)
        for tp in answer[prefix + group].result().topic_partitions:
            if tp.offset >= 0:
                committed.setdefault(group, []).append([tp.topic[len(prefix):], tp.partition, tp.offset])
    stable = ends(which, IsolationLevel.READ_COMMITTED)
    high = ends(which, IsolationLevel.READ_UNCOMMITTED)
    return {
        "committed": committed,
        "ends": [[topic[len(prefix):], partition, stable[topic, partition], high[topic, partition]] for topic, partition in which],
    }


def abort(topic, partition, value, between):
    """A record that is aborted; between it and its end, if asked for, one that counts."""
    other = Producer({"bootstrap.servers": brokers, "transactional.id": f"{prefix}witness"})
    other.init_transactions(20)
    other.begin_transaction()
    other.produce(prefix + topic, bytes.fromhex(value), key="aborted", partition=partition)
    other.flush(20)
    if between is not None:
        plain = Producer({"bootstrap.servers": brokers})
        plain.produce(prefix + topic, bytes.fromhex(between[1]), key=between[0], partition=partition)
        plain.flush(20)
    other.abort_transaction(20)
    return {}


def anew(topic):
    """The topic was deleted and made again: its offsets start from the beginning."""
    for place in list(arrived):
        if place[0] == prefix + topic:
            del arrived[place]
    consumer.assign([TopicPartition(name, partition, at) for (name, partition), at in arrived.items()])
    return {}


def learn(value):
    """Asks for the schema of these bytes while there is somebody to ask."""
    decode(bytes.fromhex(value), None)
    return {}


commands = {"look": look, "anew": anew, "learn": learn, "offsets": offsets, "abort": abort}
for line in sys.stdin:
    command, *rest = json.loads(line)
    try:
        answer = commands[command](*rest)
    except Exception as problem:
        answer = {"error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(answer), flush=True)
