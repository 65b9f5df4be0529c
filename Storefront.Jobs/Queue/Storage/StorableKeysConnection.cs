using Hangfire.PostgreSql;
using Hangfire.Server;
using static Storefront.Jobs.Database.StorableText;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// The reads that Hangfire.PostgreSql's own statements do. They would throw for a name that Postgres cannot keep. Names are made storable
/// when they are written, so they are looked for in the same form.
/// </summary>
internal abstract class StorableKeysConnection(PostgreSqlStorage storage) : PostgreSqlConnection(storage)
{
    public override void AnnounceServer(string serverId, ServerContext context) => base.AnnounceServer(From(serverId), context);
    public override void RemoveServer(string serverId) => base.RemoveServer(From(serverId));
    public override void Heartbeat(string serverId) => base.Heartbeat(From(serverId));

    public override string? GetJobParameter(string id, string name) => base.GetJobParameter(id, From(name));

    public override HashSet<string> GetAllItemsFromSet(string key) => base.GetAllItemsFromSet(From(key));
    public override string? GetFirstByLowestScoreFromSet(string key, double fromScore, double toScore) =>
        base.GetFirstByLowestScoreFromSet(From(key), fromScore, toScore);
    public override List<string> GetFirstByLowestScoreFromSet(string key, double fromScore, double toScore, int count) =>
        base.GetFirstByLowestScoreFromSet(From(key), fromScore, toScore, count);
    public override long GetSetCount(string key) => base.GetSetCount(From(key));
    public override List<string> GetRangeFromSet(string key, int startingFrom, int endingAt) =>
        base.GetRangeFromSet(From(key), startingFrom, endingAt);
    public override TimeSpan GetSetTtl(string key) => base.GetSetTtl(From(key));

    public override Dictionary<string, string>? GetAllEntriesFromHash(string key) => base.GetAllEntriesFromHash(From(key));
    public override string? GetValueFromHash(string key, string name) => base.GetValueFromHash(From(key), From(name));
    public override long GetHashCount(string key) => base.GetHashCount(From(key));
    public override TimeSpan GetHashTtl(string key) => base.GetHashTtl(From(key));

    public override List<string> GetAllItemsFromList(string key) => base.GetAllItemsFromList(From(key));
    public override List<string> GetRangeFromList(string key, int startingFrom, int endingAt) =>
        base.GetRangeFromList(From(key), startingFrom, endingAt);
    public override long GetListCount(string key) => base.GetListCount(From(key));
    public override TimeSpan GetListTtl(string key) => base.GetListTtl(From(key));

    public override long GetCounter(string key) => base.GetCounter(From(key));
}
