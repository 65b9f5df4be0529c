using System.Globalization;

namespace Storefront.Fault.Tests.Rig;

/// <summary>nginx before the nodes, with the few settings that an operator would give it.</summary>
internal static class LoadBalancer
{
    private static readonly string[] Places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];

    /// <summary>Null: not on this machine.</summary>
    public static string? Program { get; } = Places.FirstOrDefault(File.Exists);

    /// <returns>The command that starts nginx as one process, which a signal ends.</returns>
    public static async Task<string[]> CommandAsync(string folder, int port, IEnumerable<ShopNode> nodes)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "nginx")).FullName;
        var servers = string.Join('\n', nodes.Select(node =>
            $"server 127.0.0.1:{node.Url.Port.ToString(CultureInfo.InvariantCulture)} max_fails=1 fail_timeout=2s;"));
        await File.WriteAllTextAsync(Path.Combine(home, "nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr error;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              upstream shop {
                {{servers}}
              }
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://shop;
                  proxy_set_header Host $http_host;
                  # Nobody is there, or stands still: the next node. What may have arrived is not sent again; the shopper decides that.
                  proxy_connect_timeout 1s;
                  proxy_read_timeout 6s;
                  proxy_next_upstream error timeout;
                }
              }
            }
            """);
        return [Program!, "-p", home, "-c", "nginx.conf", "-e", "stderr"];
    }
}
