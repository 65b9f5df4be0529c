namespace Storefront.Web.Security;

/// <summary>
/// Each reason for which the API refuses a call. Clients decide by <paramref name="Code"/>: never rename one. The OpenAPI document is made
/// from this list, with one schema for each code.
/// </summary>
/// <param name="Title">A short sentence. Some answers say it in more exact words.</param>
/// <param name="Meaning">For developers of clients: what has happened, and what to do.</param>
internal sealed record ProblemKind(int Status, string Code, string Title, string Meaning)
{
    public static readonly ProblemKind MalformedRequest = new(
        400, "malformed_request", "The body is not JSON.", "The call cannot be read. Correct it before you repeat it.");

    public static readonly ProblemKind IdempotencyKeyMissing = new(
        400, "idempotency_key_missing", "The header Idempotency-Key is missing or invalid.",
        "Send 1 to 255 visible ASCII characters, unique to this order.");

    public static readonly ProblemKind InvalidApiKey = new(
        401, "invalid_api_key", "This API key is not valid.", "It is mistyped or revoked. Without a key, the header must be missing.");

    public static readonly ProblemKind ApiKeyRequired = new(
        401, "api_key_required", "This shop takes orders with an API key only.", "Ask the shop for one.");

    public static readonly ProblemKind InsufficientScope = new(
        403, "insufficient_scope", "This API key may not do this.", "`detail` names the scope that it needs.");

    public static readonly ProblemKind NotFound = new(
        404, "not_found", "Order not found.", "There is no order with this id.");

    public static readonly ProblemKind MethodNotAllowed = new(
        405, "method_not_allowed", "Method Not Allowed", "The path is right, and the method is not.");

    public static readonly ProblemKind TooSlow = new(
        408, "too_slow", "Request Timeout", "The body was sent too slowly. Repeat the call.");

    public static readonly ProblemKind InsufficientStock = new(
        409, "insufficient_stock", "There is not enough stock for this order.",
        "Nothing is reserved. `shortfalls` says what is left. Order a smaller quantity with a new key.");

    public static readonly ProblemKind IdempotencyInProgress = new(
        409, "idempotency_in_progress", "This order is being placed right now.",
        "Another call with this key is under way. Repeat the call after the number of seconds in `Retry-After` to get the result.")
    { SaysWhenToRepeat = true };

    public static readonly ProblemKind PriceChanged = new(
        409, "price_changed", "The total of this order is not the expected total.",
        "Nothing was ordered. Ask the shopper to confirm `total` and `currency`, then repeat the call with them.");

    public static readonly ProblemKind NotCancellable = new(
        409, "not_cancellable", "This order cannot be cancelled.", "The order stays as it is. `detail` says why.");

    public static readonly ProblemKind TooLarge = new(
        413, "too_large", "Payload Too Large", "The body has more than 512 KiB.");

    public static readonly ProblemKind UnsupportedMediaType = new(
        415, "unsupported_media_type", "Send JSON.", "The header `Content-Type` must be `application/json`.");

    public static readonly ProblemKind ValidationFailed = new(
        422, "validation_failed", "The order is not valid.",
        "`errors` says for each member what is wrong. Correct it before you repeat it.");

    public static readonly ProblemKind IdempotencyKeyReused = new(
        422, "idempotency_key_reused", "This Idempotency-Key belongs to another order.",
        "An order with other content was sent with this key. Make a new key for every order.");

    public static readonly ProblemKind UnknownSku = new(
        422, "unknown_sku", "The shop does not sell some of these products.", "`skus` names them. Leave them out, and use a new key.");

    public static readonly ProblemKind RateLimited = new(
        429, "rate_limited", "Too many requests.", "Repeat the call after the number of seconds in `Retry-After`.")
    { SaysWhenToRepeat = true };

    public static readonly ProblemKind InternalError = new(
        500, "internal_error", "An error occurred while processing your request.",
        "A fault of the shop. Repeat the call later, an order with the same key.");

    public static readonly ProblemKind InventoryUnavailable = new(
        503, "inventory_unavailable", "Stock cannot be checked right now.",
        "Nothing was ordered. Repeat the call with the same key after the number of seconds in `Retry-After`.")
    { SaysWhenToRepeat = true };

    public static readonly ProblemKind DatabaseUnavailable = new(
        503, "database_unavailable", "The database is temporarily unavailable.",
        "Repeat the call after the number of seconds in `Retry-After`, an order with the same key: it is placed once.")
    { SaysWhenToRepeat = true };

    public static readonly ProblemKind TimedOut = new(
        503, "timed_out", "Service Unavailable", "The call took longer than 30 seconds. Repeat it, an order with the same key.");

    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        MalformedRequest, IdempotencyKeyMissing, InvalidApiKey, ApiKeyRequired, InsufficientScope, NotFound, MethodNotAllowed, TooSlow,
        InsufficientStock, IdempotencyInProgress,
        PriceChanged, NotCancellable, TooLarge, UnsupportedMediaType, ValidationFailed, IdempotencyKeyReused, UnknownSku, RateLimited,
        InternalError, InventoryUnavailable, DatabaseUnavailable, TimedOut,
    ];

    /// <summary>It has the header <c>Retry-After</c>.</summary>
    public bool SaysWhenToRepeat { get; private init; }

    /// <summary>What a bare status is, which the server itself answers with.</summary>
    public static ProblemKind Of(int? status) => status switch
    {
        400 => MalformedRequest,
        404 => NotFound,
        405 => MethodNotAllowed,
        408 => TooSlow,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        429 => RateLimited,
        503 => TimedOut,
        _ => InternalError,
    };
}
