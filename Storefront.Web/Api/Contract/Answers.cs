using Storefront.Web.Security;

namespace Storefront.Web.Api.Contract;

/// <summary>What an endpoint says about its answers. The OpenAPI document is made from it.</summary>
internal static class AnswersOfEndpoint
{
    /// <summary>A call with a body.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, T example) where T : notnull =>
        endpoint.Accepts<T>("application/json").WithMetadata(new RequestExample(example));

    /// <summary>A call that succeeds.</summary>
    /// <param name="example">The body.</param>
    public static TBuilder Answers<TBuilder>(
        this TBuilder endpoint, int status, string description, object example, params AnswerHeader[] headers)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(
            new ProducesResponseTypeMetadata(status, example.GetType(), ["application/json"]),
            new Answer(status, description, example, headers));

    /// <summary>The call that follows an answer.</summary>
    /// <param name="expression">Where the answer has the parameter.</param>
    public static TBuilder LinksTo<TBuilder>(
        this TBuilder endpoint, string operation, int from, string parameter, string expression, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new NextCall(operation, from, parameter, expression, description));

    /// <summary>A call that fails.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params ProblemKind[] kinds)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Refusals(kinds));
}

internal sealed record RequestExample(object Body);

internal sealed record NextCall(string Operation, int From, string Parameter, string Expression, string Description);

/// <param name="Example">The body.</param>
internal sealed record Answer(int Status, string Description, object Example, IReadOnlyList<AnswerHeader> Headers);

internal sealed record Refusals(IReadOnlyList<ProblemKind> Kinds);

/// <param name="Always">Every answer with this status has it.</param>
internal sealed record AnswerHeader(string Name, string Description, string Example, bool Always)
{
    public static readonly AnswerHeader Location = new(
        "Location", "The path of the order.", "/api/v1/orders/5f0d2b0e-9a53-4a3a-8d2c-1f2a7d1c9b11", Always: true);

    public static readonly AnswerHeader Replayed = new(
        "Idempotency-Replayed", "`true`: the key was known, and nothing new has happened.", "true", Always: true);

    public static readonly AnswerHeader ReplayedIfKnown = Replayed with { Always = false };

    public static readonly AnswerHeader Link = new(
        "Link", "The next page, with `rel=\"next\"` (RFC 8288). It is missing on the last page.",
        "</api/v1/products?after=MjAKTVVHLU9BVA&limit=20>; rel=\"next\"", Always: false);

    public static readonly AnswerHeader RetryAfter = new(
        "Retry-After", "Repeat the call after this number of seconds.", "10", Always: true);
}

/// <summary>The endpoint refuses a call without this parameter, and says so with a code of its own.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DemandedAttribute : Attribute;

/// <summary>The parameter is a whole number. The endpoint reads it as text, and says with a code of its own when it is none.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class WholeNumberAttribute(int least, int most, int otherwise) : Attribute
{
    public int Least => least;
    public int Most => most;
    public int Otherwise => otherwise;
}
