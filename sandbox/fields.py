"""The words for what a scenario may do to the fields of an answer."""

LIES = ("amount", "reference", "invoice", "batch")
TYPES = (
    "amount_text",
    "amount_decimal",
    "reference_text",
    "trace_text",
    "money_numbers",
    "batch_unpadded",
    "batch_number",
    "operation_unpadded",
    "operation_numbers",
)

# Every field that an answer can have, in both of its inner objects too.
ANSWER_FIELDS = (
    "type",
    "processingCode",
    "amount",
    "date",
    "traceNumber",
    "hostTime",
    "hostDate",
    "referenceNumber",
    "approvalCode",
    "responseCode",
    "message",
    "tid",
    "mid",
    "transactionRequestData",
    "merchantInvoice",
    "batchNo",
    "phone",
    "transactionResponseData",
    "storeAddress1",
    "storeAddress2",
    "ovoid",
    "cashUsed",
    "ovoPointsUsed",
    "ovoPointsEarned",
    "cashBalance",
    "ovoPointsBalance",
    "fullName",
    "storeName",
    "storeCode",
    "paymentType",
)
