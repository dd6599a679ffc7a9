from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from payments import pay

processor = BatchProcessor(event_type=EventType.KinesisDataStreams)


def record_handler(record):
    pay(record.kinesis.data_as_json())


def lambda_handler(event, context):
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
