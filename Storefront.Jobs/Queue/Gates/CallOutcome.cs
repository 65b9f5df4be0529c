namespace Storefront.Jobs.Queue.Gates;

/// <summary>What a call to a partner says about the partner, whatever it says about the order.</summary>
internal abstract record CallOutcome
{
    private CallOutcome() { }

    /// <summary>The partner answers; a refusal is an answer too.</summary>
    /// <param name="IsUngated">The call did not wait for the gate, for example because a shopper waits for it.</param>
    public sealed record Answered(bool IsUngated = false) : CallOutcome;

    /// <param name="Reason">A sentence for people.</param>
    public sealed record Failed(string Reason) : CallOutcome;

    /// <param name="For">Null: it did not say how long.</param>
    public sealed record AskedToWait(TimeSpan? For, string Reason) : CallOutcome;
}
