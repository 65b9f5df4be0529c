using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Web.Database;

namespace Storefront.Web.Identity;

/// <summary>
/// Who works in the back office, and as what. Each change is one transaction with its line of the audit, and holds at once: the sessions of
/// the person it is about end. Each returns null when it is done, or a sentence that says why it is not.
/// </summary>
public sealed class StaffAccounts(
    ShopDb db, UserManager<IdentityUser> users, RoleManager<IdentityRole> roles, PasswordLinks links)
{
    public const string LastAdmin = "This is the last admin. Make somebody else an admin first.";

    private const string NoSuchPerson = "This person is not a member of the staff any more.";

    // One change at a time, so that two admins cannot take each other's role away and leave nobody.
    private const long ChangeLock = 0x53_46_21;

    /// <param name="Role">A name of <see cref="Roles"/>.</param>
    /// <param name="HasPassword">False: invited, and has not chosen one yet.</param>
    /// <param name="Sessions">How many are open now.</param>
    public sealed record Member(
        string Id, string Email, string Role, bool HasPassword, bool HasSecondFactor, DateTimeOffset? LastSignIn, int Sessions);

    public Task<List<Member>> ListAsync(CancellationToken cancel) => db.Database.SqlQuery<Member>($"""
        select u.id as id, u.email as email, min(r.name) as role, u.password_hash is not null as has_password,
            u.two_factor_enabled as has_second_factor, l.at as last_sign_in,
            (select count(*)::int from shop.sessions s where s.user_id = u.id and s.expires_at > now()) as sessions
        from shop."AspNetUsers" u
        join shop."AspNetUserRoles" ur on ur.user_id = u.id join shop."AspNetRoles" r on r.id = ur.role_id
        left join shop.last_sign_ins l on l.user_id = u.id
        group by u.id, l.at order by u.email
        """).ToListAsync(cancel);

    /// <summary>Makes somebody a member, who chooses a password by the link; also again, for a member whose password is lost.</summary>
    /// <returns>The link, which is good once and for a day; or why there is none.</returns>
    public async Task<(Uri? Link, string? Refusal)> InviteAsync(string? typed, string? role, string who, CancellationToken cancel)
    {
        if (EmailAddress.Read(typed) is not { } email) return (null, "Enter an email address, for example ada@example.com.");
        if (!Roles.All.Contains(role)) return (null, $"Choose a role: {string.Join(", ", Roles.All)}.");
        foreach (var name in Roles.All)
            if (!await roles.RoleExistsAsync(name)) Check(await roles.CreateAsync(new IdentityRole(name)));
        var refusal = await ChangeAsync($"invite {email} as {role}", who, async () =>
        {
            if (await users.FindByEmailAsync(email) is not { } user) // a user name may not hold every sign that an address may
                Check(await users.CreateAsync(user = new IdentityUser { UserName = Guid.NewGuid().ToString("N"), Email = email }));
            if (await users.IsInRoleAsync(user, role!)) return null;
            if (await SetRoleAsync(user, role) is { } last) return last;
            await EndSessionsAsync(user, cancel);
            return null;
        }, cancel);
        return refusal is null ? (await links.MakeForStaffAsync(email), null) : (null, refusal);
    }

    public Task SendAsync(string email, Uri link, CancellationToken cancel) => links.SendToStaffAsync(email, link, cancel);

    /// <summary>Sends a member a new link to choose a password by.</summary>
    public async Task<string?> SendLinkAsync(string id, string who, CancellationToken cancel)
    {
        IdentityUser? member = null;
        var refusal = await ChangeAsync(async () =>
        {
            if (await users.FindByIdAsync(id) is not { } user || (await users.GetRolesAsync(user)).Count == 0) return NoSuchPerson;
            member = user;
            await NoteAsync($"send {user.Email} a new link", who, cancel);
            return null;
        }, cancel);
        if (refusal is null) await SendAsync(member!.Email!, await links.MakeForStaffAsync(member.Email!), cancel);
        return refusal;
    }

    /// <param name="role">Null: none; a shopper's account like any other is left.</param>
    public Task<string?> SetRoleAsync(string id, string? role, string who, CancellationToken cancel) =>
        ChangeAsync(id, email => role is null ? $"take {email} off the staff" : $"make {email} {role}", who, async user =>
            role is not null && !Roles.All.Contains(role) ? $"Choose a role: {string.Join(", ", Roles.All)}."
            : await SetRoleAsync(user, role), cancel);

    /// <summary>The next sign-in leads to enrolling a new authenticator.</summary>
    public Task<string?> ResetSecondFactorAsync(string id, string who, CancellationToken cancel) =>
        ChangeAsync(id, email => $"reset the second factor of {email}", who, async user =>
        {
            Check(await users.SetTwoFactorEnabledAsync(user, false));
            Check(await users.ResetAuthenticatorKeyAsync(user));
            return null;
        }, cancel);

    public Task<string?> EndSessionsAsync(string id, string who, CancellationToken cancel) =>
        ChangeAsync(id, email => $"end the sessions of {email}", who, _ => Task.FromResult<string?>(null), cancel);

    private async Task<string?> SetRoleAsync(IdentityUser user, string? role)
    {
        var before = await users.GetRolesAsync(user);
        // Who was invited and has not come yet cannot let anybody in.
        if (role != Roles.Admin && before.Contains(Roles.Admin)
            && (await users.GetUsersInRoleAsync(Roles.Admin)).All(admin => admin.Id == user.Id || admin.PasswordHash is null))
            return LastAdmin;
        Check(await users.RemoveFromRolesAsync(user, before));
        if (role is not null) Check(await users.AddToRoleAsync(user, role));
        return null;
    }

    private Task<string?> ChangeAsync(
        string id, Func<string, string> subject, string who, Func<IdentityUser, Task<string?>> change, CancellationToken cancel) =>
        ChangeAsync(async () =>
        {
            if (await users.FindByIdAsync(id) is not { } user || (await users.GetRolesAsync(user)).Count == 0) return NoSuchPerson;
            if (await change(user) is { } refusal) return refusal;
            await EndSessionsAsync(user, cancel);
            await NoteAsync(subject(user.Email!), who, cancel);
            return null;
        }, cancel);

    private Task<string?> ChangeAsync(string subject, string who, Func<Task<string?>> change, CancellationToken cancel) =>
        ChangeAsync(async () =>
        {
            if (await change() is { } refusal) return refusal;
            await NoteAsync(subject, who, cancel);
            return null;
        }, cancel);

    private Task<string?> ChangeAsync(Func<Task<string?>> change, CancellationToken cancel) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear(); // a try before this one may have left something
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({ChangeLock})", cancel);
            var refusal = await change();
            if (refusal is null) await transaction.CommitAsync(cancel);
            return refusal;
        });

    private async Task EndSessionsAsync(IdentityUser user, CancellationToken cancel)
    {
        Check(await users.UpdateSecurityStampAsync(user));
        await db.Database.ExecuteSqlAsync($"delete from shop.sessions where user_id = {user.Id}", cancel);
    }

    private Task NoteAsync(string subject, string who, CancellationToken cancel) => db.Database.ExecuteSqlAsync(
        $"insert into orders.audit (who, action, subject) values ({who}, {AuditAction.Staff}, left({subject}, 200))", cancel);

    private static void Check(IdentityResult result)
    {
        if (!result.Succeeded) throw new InvalidOperationException(string.Join(" ", result.Errors.Select(error => error.Description)));
    }
}
