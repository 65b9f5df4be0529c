using System.Text.Json;
using Hangfire.Common;
using Microsoft.AspNetCore.DataProtection;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Email;

/// <summary>
/// Sends links to accounts by mail. Such a mail belongs to no order, so its job carries it: sealed, since jobs are read by people.
/// </summary>
public sealed class AccountLinks(TransactionalJobs jobs, IDataProtectionProvider protection, TimeProvider clock)
{
    private readonly IDataProtector seal = protection.CreateProtector("Storefront.Jobs.Email.AccountLinks", "v1");

    /// <param name="goodUntil">After this the mail is not worth sending any more.</param>
    public async Task SendAsync(string to, Uri link, DateTimeOffset goodUntil, CancellationToken cancel)
    {
        var (id, letter) = (Guid.NewGuid(), seal.Protect(JsonSerializer.Serialize(new SealedLink(to, link, goodUntil, clock.GetUtcNow()))));
        var job = Job.FromExpression<SendAccountLink>(job => job.RunAsync(id, letter, CancellationToken.None));
        var urgent = EmailRegistration.Partner.QueueOf(Urgency.Urgent); // somebody waits for it
        await jobs.CommitAsync(batch => jobs.EnqueueInAsync(batch, [new(job, urgent)], cancel).AsTask(), cancel);
    }

    internal SealedLink Open(string letter) => JsonSerializer.Deserialize<SealedLink>(seal.Unprotect(letter))!;
}

/// <param name="WrittenAt">Missing in what an earlier version wrote.</param>
internal sealed record SealedLink(string To, Uri Link, DateTimeOffset GoodUntil, DateTimeOffset WrittenAt = default);
