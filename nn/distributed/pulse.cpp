// Which processes of an MPI job can be heard.
#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/nn/distributed/pulse.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::distributed {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds interval(250), pause(10), step(1);
constexpr int tag = 0;

}  // namespace

Pulse::Pulse(double patience) {
    set_patience(patience);
    int rank = 0, size = 1;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm_);
    MPI_Comm_dup(MPI_COMM_WORLD, &exchanges_);
    MPI_Comm_rank(comm_, &rank);
    MPI_Comm_size(comm_, &size);
    for (int p = 0; p < size; ++p)
        if (p != rank) peers_.push_back({.rank = p});
    for (Peer& peer : peers_) receive("World", peer);
    if (!peers_.empty()) thread_ = std::thread([this] { work(); });
}

Pulse::~Pulse() { stop(); }

void Pulse::set_patience(double seconds) {
    const std::lock_guard lock(mpi_);
    patience_ = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class Pulse::Started : public training::Group::Transfer {
public:
    Started(Pulse& pulse, const char* what, std::function<int(MPI_Request*)> start)
        : pulse_(pulse), what_(what), start_(std::move(start)) {
        const std::lock_guard lock(pulse_.mpi_);
        if (!pulse_.lost_.empty()) throw training::GroupError(pulse_.lost_);
        if (pulse_.is_due()) pulse_.beat(what_);
        pulse_.check(what_, start_(&request_));
        pulse_.count_under_way(1);
    }
    ~Started() override {
        try {
            wait();
        } catch (const training::GroupError&) {  // which whoever waits for another one gets, too
        }
        pulse_.count_under_way(-1);
    }
    bool is_done() override {
        const std::lock_guard lock(pulse_.mpi_);
        return test();
    }
    void wait() override {
        const std::lock_guard lock(pulse_.mpi_);
        while (!test()) look();
    }
    void wait_unless_stopped() {
        const std::lock_guard lock(pulse_.mpi_);
        while (!test()) {
            look();
            const auto peer = std::ranges::find_if(
                pulse_.peers_, [](const Peer& p) { return p.state == stopped || p.state == failed; });
            if (peer == pulse_.peers_.end()) continue;
            request_ = MPI_REQUEST_NULL;
            pulse_.kept_.push_back(std::move(start_));
            throw ExchangeStopped(fmt::format("{}: rank {} has ended by an error of its own", what_, peer->rank));
        }
    }

private:
    void look() {
        if (!pulse_.is_due()) return;
        pulse_.beat(what_);
        pulse_.require_heard(what_);
    }
    bool test() {
        if (request_ == MPI_REQUEST_NULL) return true;
        if (!pulse_.lost_.empty()) throw training::GroupError(pulse_.lost_);
        int done = 0;
        pulse_.check(what_, MPI_Test(&request_, &done, MPI_STATUS_IGNORE));
        return done != 0;
    }
    Pulse& pulse_;
    const char* what_;
    std::function<int(MPI_Request*)> start_;
    MPI_Request request_ = MPI_REQUEST_NULL;
};

std::unique_ptr<training::Group::Transfer> Pulse::begin(const char* what, std::function<int(MPI_Request*)> start) {
    return std::make_unique<Started>(*this, what, std::move(start));
}

void Pulse::exchange(const char* what, std::function<int(MPI_Comm, MPI_Request*)> start) {
    if (state_ == stopped) throw ExchangeStopped(fmt::format("{}: an error has ended the exchanges before", what));
    Started(*this, what, [comm = exchanges_, start = std::move(start)](MPI_Request* request) {
        return start(comm, request);
    }).wait_unless_stopped();
}

void Pulse::stop_exchanges() {
    const std::lock_guard lock(mpi_);
    if (state_ != working) return;
    state_ = stopped;
    if (lost_.empty()) beat("World");
}

bool Pulse::end(bool fails) {
    stop();
    if (!lost_.empty()) return false;
    const Clock::time_point until = fails ? Clock::now() + std::chrono::seconds(2) : Clock::time_point::max();
    return come_to(fails ? failed : ended, failed, until) && come_to(left, left, until);
}

// Tells all others that this process is in `state`, and waits until all of them are as far as `others`.
bool Pulse::come_to(State state, State others, Clock::time_point until) {
    constexpr const char* what = "the end";
    state_ = state;
    const auto is_done = [&](const Peer& peer) { return peer.state >= others && peer.out == state && !peer.sends; };
    for (beat(what); !std::ranges::all_of(peers_, is_done); beat(what)) {
        if (Clock::now() > until) return false;
        require_heard(what);
        std::this_thread::sleep_for(pause);
    }
    return true;
}

bool Pulse::is_due() const { return Clock::now() - beaten_ >= interval; }

// A process that was stopped itself has heard nobody meanwhile: the time begins anew.
void Pulse::beat(const char* what) {
    const Clock::time_point now = Clock::now();
    const bool due = is_due();
    if (now - beaten_ > patience_ / 2)
        for (Peer& peer : peers_) peer.heard = now;
    if (due) beaten_ = now;
    for (Peer& peer : peers_) {
        hear(what, peer);
        tell(what, peer, due);
    }
}

void Pulse::hear(const char* what, Peer& peer) {
    while (peer.state != left) {
        int done = 0;
        check(what, MPI_Test(&peer.receive, &done, MPI_STATUS_IGNORE));
        if (done == 0) return;
        peer.heard = Clock::now();
        if (peer.state < ended && peer.in >= ended) peer.ended_at = peer.heard;
        peer.state = static_cast<State>(peer.in);
        if (peer.state != left) receive(what, peer);
    }
}

void Pulse::receive(const char* what, Peer& peer) {
    check(what, MPI_Irecv(&peer.in, 1, MPI_CHAR, peer.rank, tag, comm_, &peer.receive));
}

// One byte at a time is under way.
void Pulse::tell(const char* what, Peer& peer, bool due) {
    if (peer.sends) {
        int done = 0;
        check(what, MPI_Test(&peer.send, &done, MPI_STATUS_IGNORE));
        peer.sends = done == 0;
    }
    if (peer.sends || peer.out == left || !(due || peer.out != state_)) return;
    peer.out = state_;
    check(what, MPI_Isend(&peer.out, 1, MPI_CHAR, peer.rank, tag, comm_, &peer.send));
    peer.sends = true;
}

void Pulse::check(const char* what, int code) {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = {};
    int length = 0;
    MPI_Error_string(code, text, &length);
    lose(what, fmt::format("MPI failed: {}", text));
}

// A process that has ended may have done so while the last bytes of its part are under way.
void Pulse::require_heard(const char* what) {
    const Clock::time_point now = Clock::now();
    std::vector<int> silent, gone;
    for (const Peer& peer : peers_) {
        if (peer.state != left && now - peer.heard > patience_) silent.push_back(peer.rank);
        if (state_ <= stopped && peer.state >= ended && now - peer.ended_at > patience_) gone.push_back(peer.rank);
    }
    const double seconds = std::chrono::duration<double>(patience_).count();
    if (!silent.empty())
        lose(what, fmt::format("waited for rank {}, of which nothing was heard for {:g} seconds: it was killed or "
                               "stopped, or its link is cut; a run continues from its last checkpoint",
                               fmt::join(silent, ", "), seconds));
    if (!gone.empty())
        lose(what, fmt::format("waited for {:g} seconds for rank {}, which has come to its end", seconds,
                               fmt::join(gone, ", ")));
}

void Pulse::lose(const char* what, const std::string& why) {
    lost_ = fmt::format("{}: {}", what, why);
    throw training::GroupError(lost_);
}

void Pulse::count_under_way(int change) {
    const std::lock_guard lock(mutex_);
    under_way_ += change;
    if (change > 0) wakes_.notify_all();
}

// Only while nobody else calls MPI: who waits there does the same. MPI moves what is under way in any of its calls.
void Pulse::work() {
    std::unique_lock waking(mutex_);
    while (!stopped_) {
        wakes_.wait_for(waking, under_way_ > 0 ? step : interval);
        const std::unique_lock lock(mpi_, std::try_to_lock);
        if (stopped_ || !lock || !lost_.empty()) continue;
        try {
            beat("World");
        } catch (const training::GroupError&) {  // lost_, which whoever waits throws
        }
    }
}

void Pulse::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    wakes_.notify_all();
    if (thread_.joinable()) thread_.join();
}

}  // namespace heed::distributed
