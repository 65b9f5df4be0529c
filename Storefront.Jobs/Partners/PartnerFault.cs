using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Partners;

/// <summary>A partner did not do what was asked. Says what to do about it; carries no personal data in its message.</summary>
/// <param name="inDoubt">The partner may have done it all the same.</param>
/// <param name="words">What the partner said, for the ledger only: it may quote the request.</param>
public abstract class PartnerFault(string message, bool inDoubt, string? words, Exception? inner) : Exception(message, inner)
{
    public bool InDoubt => inDoubt;
    /// <summary>What it says about the partner, whichever delivery it was; null: nothing.</summary>
    internal virtual CallOutcome? Outcome => new CallOutcome.Answered();

    public string Words => string.IsNullOrWhiteSpace(words) ? Message : words;
}

/// <summary>Not now: the partner, or our own guard before it, asked to wait. Costs no attempt.</summary>
/// <param name="after">Null: it did not say how long.</param>
/// <param name="called">False: our own guard turned the call away.</param>
public sealed class PartnerDeferred(
    string message, TimeSpan? after, string? words = null, Exception? inner = null, bool inDoubt = false, bool called = true)
    : PartnerFault(message, inDoubt, words, inner)
{
    public TimeSpan? After => after;
    public bool Called => called;

    // In doubt: the first call with this key is still under way, and only this delivery has to wait.
    internal override CallOutcome? Outcome => called && !InDoubt ? new CallOutcome.AskedToWait(after, Message) : null;

    /// <param name="age">How long it has been tried already. The longer, the rarer the partner is asked.</param>
    internal TimeSpan Pause(TimeSpan age) => !called && after is { } open ? RetrySchedule.Clamp(open) : RetrySchedule.Deferral(after, age);
}

/// <summary>Not this time: worth another attempt.</summary>
public sealed class PartnerUnavailable(string message, bool inDoubt, string? words = null, Exception? inner = null)
    : PartnerFault(message, inDoubt, words, inner)
{
    internal override CallOutcome? Outcome => new CallOutcome.Failed(Message);
}

/// <summary>Never like this: repeating it changes nothing, a human has to look.</summary>
/// <param name="called">False: we refused by ourselves, so it says nothing about the partner.</param>
public sealed class PartnerRefused(string message, bool inDoubt = false, string? words = null, bool called = true)
    : PartnerFault(message, inDoubt, words, null)
{
    internal override CallOutcome? Outcome => called ? base.Outcome : null;
}
